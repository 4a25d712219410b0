"""Lines, paragraphs and sentences across documents, against plain Python; bounds of memory."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.jobs import documents_in, extract_texts, resharded, run_verb
from tests.training.corpus.transforms import oracle
from training.corpus.transforms import runs
from training.corpus.transforms.units import LINE, PARAGRAPH, SENTENCE

NAMES = {"duplicate_lines": LINE, "duplicate_paragraphs": PARAGRAPH, "repeated_sentences": SENTENCE}
ENDING = "Listen to the next chapter, dear reader."


def plain(texts: list[str], kind: int, least: int, keeps_first: bool) -> list[str]:
    """What is left of the texts of one source; documents are counted, of sentences places."""
    is_by_document = kind != SENTENCE
    units = [
        [(start, stop, oracle.form(text[start:stop])) for start, stop in oracle.units(text, kind)]
        for text in texts
    ]
    places = [[form for *_, form in found if form] for found in units]
    counts = Counter(f for found in places for f in (set(found) if is_by_document else found))
    first = {form: place for place, found in reversed([*enumerate(places)]) for form in found}
    left, passed = [], set()
    for place, found in enumerate(units):
        edits = []
        for start, stop, form in found:
            is_first = keeps_first and first.get(form) == place
            if is_first and not is_by_document:
                is_first = form not in passed
                passed.add(form)
            if form and counts[form] >= least and not is_first:
                edits.append((start, stop, ""))
        left.append(oracle.edited(texts[place], edits) if edits else texts[place])
    return left


def options(name: str, least: int, keeps_first: bool) -> dict[str, object]:
    number = "min_copies" if name == "repeated_sentences" else "min_documents"
    return {
        "is_on": True,
        "min_characters": 1,
        "scope": "corpus",
        number: least,
        "keep": "first" if keeps_first else "none",
    }


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_copies_are_those_of_plain_python(tmp_path_factory, name, data):
    piece = st.sampled_from(["One.", "two 1", "Two 2", "三。", "x", "", "Four! x", " "])
    text = st.lists(piece, min_size=1, max_size=8).map("\n".join)
    texts = data.draw(st.lists(text, min_size=1, max_size=12))
    texts = [f"{text}\nanchor {'abcdefghijkl'[place]}" for place, text in enumerate(texts)]
    least, keeps_first = data.draw(st.integers(2, 3)), data.draw(st.booleans())
    folder = tmp_path_factory.mktemp("copies")
    documents = resharded(extract_texts(folder, texts), folder / "split", 200)
    made = run_verb("transform", folder / "made", documents=str(documents), num_workers=1,
                    **{name: options(name, least, keeps_first)})  # fmt: skip
    assert [row["text"] for row in documents_in(made)] == [
        text for text in plain(texts, NAMES[name], least, keeps_first) if text.strip()
    ]


@pytest.mark.parametrize("scope", ["source", "corpus"])
def test_sources_count_for_themselves_when_asked(tmp_path, scope):
    lines = [f"{ENDING}\nown text of {source} {n}" for source in "ab" for n in "xyz"]
    for source, part in (("a", lines[:3]), ("b", lines[3:])):
        (tmp_path / f"{source}.txt").write_text("\n\n".join(part))
    documents = run_verb("extract", tmp_path / "extract", split="paragraphs",
                         inputs=[{"path": "../a.txt"}, {"path": "../b.txt"}])  # fmt: skip
    made = run_verb("transform", tmp_path / "made", documents=str(documents),
                    repeated_sentences={"is_on": True, "scope": scope, "min_copies": 3},
                    num_workers=1)  # fmt: skip
    has = [ENDING in row["text"] for row in documents_in(made)]
    assert has == [True, False, False, scope == "source", False, False]


def test_the_ending_of_every_chapter_goes_from_a_novel(tmp_path):
    chapters = [
        f"第{n}回 标题{n}\n正文第{n}段，各不相同。且听下回分解，明日再来说这个故事。"
        for n in range(1, 9)
    ]
    output = extract_texts(tmp_path, chapters)
    made = run_verb("transform", tmp_path / "made", documents=str(output),
                    repeated_sentences={"is_on": True})  # fmt: skip
    texts = [row["text"] for row in documents_in(made)]
    assert [("且听下回分解" in text) for text in texts] == [True] + [False] * 7
    assert texts[1].endswith("正文第2段，各不相同。")


def test_pieces_do_not_matter(tmp_path, monkeypatch):
    texts = [f"{ENDING} {n % 5}\nand one of its own, number {'ab' * n} here" for n in range(40)]
    documents = extract_texts(tmp_path, texts)
    on = {"duplicate_lines": {"is_on": True, "min_characters": 5}}
    whole = run_verb("transform", tmp_path / "whole", documents=str(documents), **on)
    monkeypatch.setattr(runs, "PIECE_BYTES", 100)
    parts = run_verb("transform", tmp_path / "parts", documents=str(documents), num_workers=1, **on)
    assert documents_in(whole) == documents_in(parts)


def test_runs_of_several_shards_are_merged_in_their_order(tmp_path):
    import numpy as np

    some = runs.Runs(tmp_path, 2)
    count = np.ones(3, dtype=np.int64)
    for shard, keys in enumerate([[5, 2**64 - 1, 5], [5, 9, 0]]):
        firsts = np.arange(3) + 10 * shard
        some.write(shard, runs.entries_of(np.array(keys, dtype=np.uint64), firsts, count))
    told = [some.of_piece(piece, 3).tolist() for piece in range(3)]
    assert told == [[(0, 12, 1), (5, 0, 3), (9, 11, 1)], [], [(2**64 - 1, 1, 1)]]
    top = runs.most_frequent(some, 2, lambda: None)
    assert top["key"].tolist() == [5, 0]
