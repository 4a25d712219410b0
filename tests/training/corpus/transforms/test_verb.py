"""The verb ``transform``: what comes out and what is told, for any workers and shards."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.jobs import documents_in, events_of, extract_texts, resharded, run_verb
from training.corpus.corpus import Corpus
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.specs.transform import TransformSpec

LINE = "The same long line again and again."
TEXTS = [
    f"{LINE}\none\n\n{LINE}\n\ntwo\n{LINE}",
    "nothing is repeated here",
    f"mail ada@example.org about it, please\nmail ada@example.org about it, please\n{LINE}\n",
]
ON = {"is_on": True}


def made(tmp_path, texts=TEXTS, name="made", **fields):
    documents = extract_texts(tmp_path / "in", texts)
    return documents, run_verb("transform", tmp_path / name, documents=str(documents), **fields)


def test_texts_change_and_all_else_stays(tmp_path):
    documents, output = made(tmp_path, repeated_lines=ON)
    before, after = documents_in(documents), documents_in(output)
    assert [row.pop("text") for row in before] == TEXTS
    assert [row.pop("text") for row in after] == [
        f"{LINE}\none\n\ntwo",
        TEXTS[1],
        f"mail ada@example.org about it, please\n{LINE}\n",
    ]
    assert before == after
    assert load_manifest(output).inputs["documents"]["id"] == load_manifest(documents).id
    assert (output / "files.json").read_bytes() == (documents / "files.json").read_bytes()


def test_the_report_counts_and_shows_without_personal_data(tmp_path):
    _, output = made(tmp_path, repeated_lines=ON)
    report = json.loads((output / "edits.json").read_text())
    (told,) = report["transforms"]
    assert (told["documents"], told["edits"]) == (2, 3)
    assert told["bytes_removed"] == report["total"]["bytes"] - report["total"]["bytes_after"]
    assert told["frequent"] == [
        {"text": LINE, "count": 2},
        {"text": "mail <EMAIL_1> about it, please", "count": 1},
    ]
    assert "ada@example.org" not in (output / "edits.json").read_text()
    for sample in told["samples"]:
        for start, stop, reason in sample["spans"]:
            assert told["reasons"][reason]["reason"] == "stands in this document before"
            assert sample["before"][start:stop] not in sample["after"][len(LINE) + 10 :]
    assert load_manifest(output).counts["changed"] == 2


def test_a_value_at_the_edge_of_a_removed_piece_shows_no_part(tmp_path):
    line = f"{'word ' * 77}write to ada.lovelace@example.org about it"
    _, output = made(tmp_path, texts=[f"{line}\n{line}\nThe end."], repeated_lines=ON)
    (told,) = json.loads((output / "edits.json").read_text())["transforms"]
    assert told["frequent"][0]["text"].endswith("write to <EMAIL_1>")
    assert "ada" not in (output / "edits.json").read_text()


def test_shards_and_workers_do_not_matter(tmp_path):
    texts = [
        f"{LINE} {n % 7}\nown {n}. Said often.\nLine {n % 20} has no end\n{LINE} {n % 7}\n"
        for n in range(60)
    ]
    documents = extract_texts(tmp_path, texts)
    split = resharded(documents, tmp_path / "split", 900)
    on = {
        "repeated_lines": ON,
        "repeated_sentences": ON | {"same": "exact", "min_characters": 5},
        "duplicate_lines": ON | {"same": "exact", "min_characters": 10},
    }
    one = run_verb("transform", tmp_path / "one", documents=str(documents), num_workers=1, **on)
    two = run_verb("transform", tmp_path / "two", documents=str(split), num_workers=2, **on)
    assert len(list(two.glob("shard-*"))) > 3
    assert documents_in(one) == documents_in(two)
    reports = [json.loads((output / "edits.json").read_text()) for output in (one, two)]
    assert reports[0]["transforms"] == reports[1]["transforms"]
    assert reports[0]["total"] == reports[1]["total"]
    assert all(row["edits"] for row in reports[0]["transforms"])


def test_short_documents_are_left_out_and_told(tmp_path):
    _, output = made(tmp_path, repeated_lines=ON, min_characters=30)
    assert len(documents_in(output)) == 2
    report = json.loads((output / "edits.json").read_text())
    assert report["left_out"]["documents"] == 1
    assert report["left_out"]["first"][0]["origin"]["line"] == 2
    (warning,) = events_of(tmp_path / "made", "warning")
    assert "1 of 3 documents have fewer than 30 characters" in warning["message"]


def test_nothing_left_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(DataError, match="Nothing is left: after repeated_lines 3 of 3 documents"):
        made(tmp_path, repeated_lines=ON, min_characters=1_000)
    assert not (tmp_path / "made" / "output").exists()


def test_no_transform_chosen_is_a_problem_with_a_field():
    with pytest.raises(SpecError) as raised:
        TransformSpec.parse({"documents": "x"})
    (problem,) = raised.value.problems
    assert problem.field == "mend_unicode.is_on"
    assert problem.fix == (("mend_unicode.is_on", True),)
    # People know the transforms by their titles.
    assert "no transform is on" in problem.message
    assert "Citation marks" in problem.expected


def test_edited_documents_are_cleaned_and_searched(tmp_path):
    _, output = made(tmp_path, repeated_lines=ON)
    corpus = run_verb("clean", tmp_path / "clean", documents=str(output), preset="off")
    assert [
        row["text"] for batch in Corpus.open(corpus).batches() for row in batch.to_pylist()
    ] == [row["text"] for row in documents_in(output)]
    run_verb("search", tmp_path / "search", corpus=str(corpus), phrase=LINE)
    hits = json.loads((tmp_path / "search" / "hits.json").read_text())
    assert (hits["num_documents"], hits["num_hits"]) == (2, 2)
    assert hits["documents"][0]["origin"]["line"] == 1
