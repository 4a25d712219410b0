"""Lists of words: what is found in which script, what is allowed, which lines are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.corpus.classifiers import keyword_lists
from training.corpus.classifiers.keyword_lists import ListReader, language_of
from training.corpus.classifiers.keywords import Entry, KeywordModel
from training.corpus.language.identify import NAMES
from training.corpus.places import words as cut
from training.corpus.signals.batch import TextBatch


def hits(entries: list[Entry], text: str) -> list[str]:
    model = KeywordModel.of(entries)
    found = [text[start:stop] for start, stop in model.places(text)]
    counted = model.count(TextBatch.of([text]))
    assert counted.hits.tolist() == [len(found)]
    return found


@pytest.mark.parametrize(("entry", "text", "wanted"), [
    ("ass", "class, Ass! assess ASS", ["Ass", "ASS"]),
    ("bad word", "a bad-word, a BAD\nword, badword", ["bad-word", "BAD\nword"]),
    ("über", "Über übermut", ["Über"]),
    ("性骚扰", "关于性骚扰的新闻", ["性骚扰"]),
    ("性骚扰", "性 骚扰", []),
    ("男 性", "男性 男 性", ["男 性"]),
    ("av", "看av片 java", ["av"]),
    ("ยา", "ขายยาดี", ["ยา"]),
    (".*", "a .* b", []),
    ("c++ code", "C code", ["C code"]),
    ("x", "", []),
    ("word", "\u202eword\u202c", ["word"]),
])  # fmt: skip
def test_what_an_entry_finds(entry, text, wanted):
    assert hits([Entry(entry)], text) == wanted


def test_an_allowed_entry_covers_what_stands_inside_it():
    entries = [Entry("性"), Entry("性能", is_allowed=True), Entry("男性", is_allowed=True)]
    assert hits(entries, "性能很好，男性，性") == ["性"]


def test_the_longest_entry_counts_and_hits_do_not_overlap():
    entries = [Entry("big"), Entry("big bad"), Entry("bad wolf")]
    assert hits(entries, "big bad wolf") == ["big bad"]


def test_entries_of_a_language_are_for_texts_of_it():
    model = KeywordModel.of([Entry("die", "en"), Entry("gift")])
    batch = TextBatch.of(["die gift"] * 3)
    codes = np.array([NAMES.index("en"), NAMES.index("de"), 0], dtype=np.int16)
    assert model.count(batch, codes).hits.tolist() == [2, 1, 1]
    assert model.count(batch).hits.tolist() == [1, 1, 1]


def test_rates_and_kinds():
    model = KeywordModel.of([Entry("foo"), Entry("bar")])
    counts = model.count(TextBatch.of(["foo foo bar x", "", "!!"]))
    assert counts.hits.tolist() == [3, 0, 0]
    assert counts.kinds.tolist() == [2, 0, 0]
    assert counts.words.tolist() == [4, 0, 0]
    assert counts.per_1000_words.tolist() == [750.0, 0.0, 0.0]


@settings(deadline=None)
@given(
    st.text(alphabet="ab 中文.\n", max_size=60),
    st.lists(st.text(alphabet="ab 中", min_size=1, max_size=5), min_size=1, max_size=6),
)
def test_hits_equal_those_of_a_slow_search(text, listed):
    entries = [Entry(one) for one in listed if cut(one)]
    if not entries:
        return
    wanted, at, words = [], 0, cut(text)
    while at < len(words):
        best = 0
        for entry in entries:
            own = cut(entry.text)
            here = words[at : at + len(own)]
            same = [word for _, _, word in here] == [word for _, _, word in own]
            if same and _gaps(here) == _gaps(own):
                best = max(best, len(own))
        if best:
            wanted.append((words[at][0], words[at + best - 1][1]))
        at += max(best, 1)
    assert KeywordModel.of(entries).places(text) == wanted


def _gaps(words: list[tuple[int, int, str]]) -> list[bool]:
    return [words[n][0] == words[n - 1][1] for n in range(1, len(words))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, name: str, data: str | bytes) -> object:
    path = folder / "file"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return ListReader().read(path, name)


def test_a_text_file_with_comments_and_allowed_entries(folder):
    found = read(folder, "zh.txt", "# list\n性\n\n!性能\nfoo bar\r\n")
    assert found.entries == [
        Entry("性", "zh"), Entry("性能", "zh", is_allowed=True), Entry("foo bar", "zh"),
    ]  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), [
    ("a", "line 2: 'a' is a single letter or digit"),
    (".*", "line 2: '.*' holds no letter"),
    ("[0-", "line 2: '[0-' is a single letter or digit"),
    ("x" * 300, "300 characters long"),
    (" ".join("ab" for _ in range(20)), "holds 20 words; at most 16"),
    ("!good", "is listed and allowed"),
])  # fmt: skip
def test_lines_that_are_no_entry_are_left_out_and_named(folder, line, reason):
    found = read(folder, "list.txt", f"good\n{line}\n")
    assert reason in found.faults[0]
    assert "list.txt, line 2" in found.faults[0]
    assert found.entries == [Entry("good")]


@pytest.mark.parametrize(("row", "reason"), [
    ("[]", "no text under the key entry"),
    ("{", "is no JSON object"),
    ('{"entry": 3}', "no text under the key entry"),
    ('{"entry": "ab", "language": "xx"}', "unknown language 'xx'"),
    ('{"entry": "ab", "is_allowed": 1}', "neither true nor false"),
    ('{"entry": "ab", "word": 1}', "unknown key 'word'"),
])  # fmt: skip
def test_json_lines_that_are_no_entry(folder, row, reason):
    good = json.dumps({"entry": "good", "language": "en"})
    found = read(folder, "list.jsonl", f"{good}\n{row}\n")
    assert reason in found.faults[0]
    assert found.entries == [Entry("good", "en")]


def test_files_that_are_no_list_are_refused(folder):
    assert "NUL" in read(folder, "a.txt", b"\0\1").refused
    assert "gave no entry: it is empty" in read(folder, "a.txt", "\n#x\n").refused


def test_a_hundred_thousand_entries_are_read_and_found(folder):
    words = [f"word{n}x" for n in range(100_000)]
    found = read(folder, "big.txt", "\n".join(words))
    assert len(found.entries) == 100_000
    model = KeywordModel.of(found.entries)
    assert model.count(TextBatch.of(["word5x word99999x word100000x"])).hits.tolist() == [2]


def test_a_refused_list_takes_no_entry_from_the_next_one(folder, monkeypatch):
    monkeypatch.setattr(keyword_lists, "MOST_ENTRIES", 3)
    reader = ListReader()
    (folder / "long.txt").write_text("alpha\nbeta\ngamma\ndelta\n")
    (folder / "short.txt").write_text("alpha\nbeta\n")
    assert "beyond 3 entries" in reader.read(folder / "long.txt", "long.txt").refused
    found = reader.read(folder / "short.txt", "short.txt")
    assert ([entry.text for entry in found.entries], found.refused) == (["alpha", "beta"], "")


def test_a_json_line_ends_at_its_line_feed(folder):
    (folder / "a.jsonl").write_text('{"entry": "one\u2028two"}\n', encoding="utf-8")
    found = ListReader().read(folder / "a.jsonl", "a.jsonl")
    assert ([entry.text for entry in found.entries], found.faults) == (["one\u2028two"], [])


def test_equal_entries_count_once(folder):
    found = read(folder, "a.txt", "Foo\nfoo\nFOO \n")
    assert len(found.entries) == 1
    assert found.num_repeated == 2


@pytest.mark.parametrize(("name", "language"), [
    ("en.txt", "en"), ("zh", "zh"), ("words.de.txt", "de"), ("my-list-is.txt", ""), ("xx.txt", ""),
    ("list.txt", ""), ("zip/fr.txt", "fr"),
])  # fmt: skip
def test_the_language_in_a_name(name, language):
    assert language_of(name) == language
