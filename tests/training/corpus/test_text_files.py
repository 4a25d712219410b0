"""The texts that ``clean`` writes: what the funnel counts, with every rule that a text fails."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import documents_in, extract_texts, resharded, run_verb
from training.corpus import text_files
from training.corpus.corpus import Corpus
from training.corpus.stopping import StopRequestedError

PROSE = "The {} of the house was not at home when we came to it on that day in {}. "
TEXTS = [
    *(PROSE.format(f"owner{n}", f"month{n}") + PROSE.format(n, n + 1) for n in range(12)),
    "too short <script>alert(1)</script>",
    *(PROSE.format(f"owner{n}", f"month{n}") + PROSE.format(n, n + 1) for n in range(5)),
    "12 34 56 78 90",
    "Write to anna.maier@example.org. " + PROSE.format("dog", "May") * 1 + PROSE.format("a", "b"),
]
RULES = {
    "word_count": {"at_least": 20},
    "digits": {"is_on": True, "at_most": 0.2},
    "repeated_5grams": {"is_on": False},
}


@pytest.fixture
def documents(tmp_path):
    return extract_texts(tmp_path, TEXTS)


def clean(folder: Path, documents: Path, **fields) -> Path:
    return run_verb("clean", folder, documents=str(documents), rules=RULES, **fields)


def rows(output: Path, name: str) -> list[dict]:
    files = sorted(output.glob(f"{name}-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_kept_and_dropped_rows_are_what_the_funnel_counts(tmp_path, documents):
    output = clean(tmp_path / "clean", documents)
    funnel = json.loads((output / "funnel.json").read_text())
    kept, dropped = rows(output, "documents"), rows(output, "dropped")
    assert list(kept[0]) == ["doc_id", "text", "source", "language", "origin", "meta"]
    assert [row["text"] for row in kept] == list(Corpus.open(output).texts())
    assert kept[0]["origin"]["line"] == 1
    told = {rule["rule"]: rule for rule in funnel["rules"]}
    assert Counter(row["rule"] for row in dropped) == {
        name: rule["dropped"]["documents"]
        for name, rule in told.items()
        if rule["dropped"]["documents"]
    }
    failed = Counter(one["rule"] for row in dropped for one in row["failed"])
    assert failed["word_count"] == told["word_count"]["marginal"]["documents"] == 2
    assert failed["digits"] == told["digits"]["marginal"]["documents"] == 1
    assert len(kept) + len(dropped) == len(TEXTS)
    stored = documents_in(documents)
    assert {row["doc_id"] for row in kept + dropped} == {row["doc_id"].hex() for row in stored}


def test_every_failing_rule_is_named_with_value_and_reason(tmp_path, documents):
    output = clean(tmp_path / "clean", documents)
    (numbers,) = (row for row in rows(output, "dropped") if row["text"].startswith("12 34"))
    assert numbers["rule"] == "word_count"
    by_rule = {one["rule"]: one for one in numbers["failed"]}
    assert list(by_rule) == ["word_count", "stop_words", "digits"]
    assert by_rule["word_count"] == {
        "rule": "word_count",
        "signal": "word_count",
        "value": 5.0,
        "reason": "5 words, fewer than 20",
    }
    # Of the characters that are no white space.
    assert by_rule["digits"]["value"] == 1.0
    copies = [row for row in rows(output, "dropped") if row["rule"] == "exact_duplicates"]
    kept = {row["doc_id"] for row in rows(output, "documents")}
    for row in copies:
        (one,) = row["failed"]
        assert one["value"] is None
        # The reason names the copy that stays.
        assert one["reason"].split()[4].rstrip(",") in kept


def test_shards_and_workers_change_nothing(tmp_path, documents):
    resharded(documents, tmp_path / "many", 1_000)
    one = clean(tmp_path / "one", documents)
    many = clean(tmp_path / "two", tmp_path / "many", num_workers=2)
    assert len(list(many.glob("documents-*.parquet"))) > 3
    for name in ("documents", "dropped"):
        assert rows(many, name) == rows(one, name)


def test_what_is_redacted_stands_in_neither_file(tmp_path, documents):
    output = clean(tmp_path / "clean", documents, redact=["email"])
    texts = [row["text"] for name in ("documents", "dropped") for row in rows(output, name)]
    assert not [text for text in texts if "anna.maier" in text]
    assert any("Write to <EMAIL" in text for text in texts)


def test_a_stopped_job_goes_on_with_the_shards_that_are_left(tmp_path, documents, monkeypatch):
    resharded(documents, tmp_path / "many", 1_000)
    real, done = text_files.TextFiles.__call__, []

    def stopping(self, shard, check):
        if len(done) == 2:
            raise StopRequestedError("stop")
        done.append(shard)
        return real(self, shard, check)

    monkeypatch.setattr(text_files.TextFiles, "__call__", stopping)
    folder = tmp_path / "clean"
    clean(folder, tmp_path / "many", num_workers=1)
    assert not (folder / "output").exists()

    def counting(self, shard, check):
        done.append(shard)
        return real(self, shard, check)

    monkeypatch.setattr(text_files.TextFiles, "__call__", counting)
    output = clean(folder, tmp_path / "many", num_workers=1)
    assert done == list(range(len(done)))
    assert len(rows(output, "documents")) + len(rows(output, "dropped")) == len(TEXTS)


def test_texts_of_an_attempt_that_redacted_less_are_not_taken_over(tmp_path):
    judging = text_files.Judging("signals", "{}", "{}")
    assert judging.digest([]) != judging.digest(["email"])
    assert judging.digest(["email", "iban"]) == judging.digest(["iban", "email"])
