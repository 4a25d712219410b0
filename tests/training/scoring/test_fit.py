"""The verb ``fit_classifier``: what it learns, what it leaves out, what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import events_of, run_verb
from tests.training.scoring.rows import fit, labelled, text_of, write_rows
from training.corpus.classifiers.classifier import Classifier, HashedScorer
from training.corpus.signals.batch import TextBatch
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.specs.fit_classifier import FitClassifierSpec

SMALL = {"hashed": {"bucket_bits": 14}}
CLASS = {"target": "class", "positive": "good", **SMALL}


def evaluation(output: Path) -> dict[str, Any]:
    return json.loads((output / "evaluation.json").read_text())


def warnings(folder: Path) -> str:
    return " ".join(event["message"] for event in events_of(folder / "job", "warning"))


def test_classes_are_learnt_and_measured_on_rows_never_seen(tmp_path):
    output = fit(tmp_path, labelled(), **CLASS)
    told = evaluation(output)
    assert told["auc"] == 1.0
    assert told["rows"] + told["rows_learnt_from"] == 120
    assert 10 <= told["rows"] <= 40
    scores = HashedScorer.open(output).score(
        TextBatch.of([text_of(True, 999), text_of(False, 999)])
    )
    assert scores[0] > 0.8
    assert scores[1] < 0.2
    assert load_manifest(output).counts["auc"] == 1.0
    assert {run for run, _ in told["runs"]["down"]} & {"click", "menu", "here", "cart"}


def test_scores_are_learnt_from_a_column_of_numbers_called_score(tmp_path):
    rows = [{"text": row["text"], "score": row["label"]} for row in labelled(score=True)]
    output = fit(tmp_path, rows, **SMALL)
    told = evaluation(output)
    assert told["mean_absolute_error"] < 0.5
    assert np.sum(told["confusion"]) == told["rows"]
    assert told["f1"] == 1.0
    assert Classifier.open(output).cut == 2.0
    far = HashedScorer.open(output).score(TextBatch.of(["click menu cart" * 50, "!"]))
    assert (far >= 0).all()
    assert (far <= 5).all()


def test_the_same_rows_and_seed_give_the_same_bytes(tmp_path):
    rows = labelled()
    first = fit(tmp_path / "a", rows, **CLASS)
    again = fit(tmp_path / "b", rows, **CLASS)
    other = fit(tmp_path / "c", rows, **CLASS, seed=1)
    files = [load_manifest(one).files for one in (first, again, other)]
    assert files[0] == files[1]
    assert files[0]["evaluation.json"] != files[2]["evaluation.json"]


def test_equal_texts_never_part(tmp_path):
    rows = [row for row in labelled(30) for _ in range(4)]
    told = evaluation(fit(tmp_path, rows, **CLASS))
    assert told["rows"] % 4 == 0


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_come_from_tables_too(tmp_path, form):
    rows, file = labelled(60), tmp_path / f"rows.{form}"
    if form == "csv":
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, ["content", "kind"])
            writer.writeheader()
            writer.writerows({"content": row["text"], "kind": row["label"]} for row in rows)
    else:
        texts, kinds = [row["text"] for row in rows], [row["label"] for row in rows]
        pq.write_table(pa.table({"content": texts, "kind": kinds}), file)
    output = fit(tmp_path, file, label_column="kind", **CLASS)
    assert load_manifest(output).counts["rows"] == 60


def test_a_task_set_is_learnt_from_by_its_own_splits(tmp_path):
    write_rows(tmp_path / "rows.jsonl", labelled())
    tasks = run_verb("tasks", tmp_path / "tasks", inputs=[{"path": "../rows.jsonl"}])
    output = run_verb("fit_classifier", tmp_path / "job", tasks=str(tasks), **CLASS)
    assert evaluation(output)["rows"] == load_manifest(tasks).counts["test_rows"]
    assert load_manifest(output).inputs["tasks"]["id"] == load_manifest(tasks).id


def test_a_task_set_of_another_shape_is_refused(tmp_path):
    write_rows(tmp_path / "rows.jsonl", [{"text": f"text {n}"} for n in range(30)])
    tasks = run_verb("tasks", tmp_path / "tasks", inputs=[{"path": "../rows.jsonl"}])
    with pytest.raises(DataError, match="of the shape text; rows of text and label are needed"):
        run_verb("fit_classifier", tmp_path / "job", tasks=str(tasks))


def test_rows_that_cannot_be_learnt_from_are_left_out_and_told(tmp_path):
    bad = [
        {"text": "some text", "label": 7}, {"text": "some text", "label": -1},
        {"text": "some text", "label": "high"}, {"text": "...", "label": 3},
        {"text": "", "label": 3}, {"text": "x y", "label": None},
    ]  # fmt: skip
    output = fit(tmp_path, [*bad, *labelled(60, score=True)], **SMALL)
    assert evaluation(output)["rows_left_out"] == 4
    told = warnings(tmp_path)
    assert "4 rows are left out" in told
    assert "rows.jsonl, line 1: the label is outside 0 to 5 (got 7)" in told
    assert "line 3: the label is no number (got 'high')" in told
    assert "the column 'text' is empty" in told
    assert "2 lines were left out" in told


@pytest.mark.parametrize(("rows", "fields", "reason"), [
    (labelled(12), CLASS, "12 rows can be learnt from; at least 20 are needed"),
    ([{"text": "t", "label": 9}] * 30, {}, "0 rows can be learnt from.*outside 0 to 5 .got 9."),
    ([{"text": f"t {n}", "label": 3} for n in range(30)], {}, "Every row has the score 3"),
    ([{"text": f"t {n}", "label": "good"} for n in range(30)], CLASS,
     "Every row has the label 'good'"),
    (labelled(40), {"target": "class", "positive": "unsafe"},
     "no row has the label 'unsafe'; the labels are 'good', 'debris'"),
    ([{"text": f"t {n}", "mark": 3} for n in range(30)], {}, "has no column 'label'"),
    ([{"text": f"t {n}", "label": 3} for n in range(30)], {"label_column": "stars"},
     "has no column 'stars'"),
    ([{"text": f"one{n} two{n}", "label": n % 6} for n in range(30)], {},
     "No word is in 2 of the rows"),
    ([*labelled(40)[::2], {"text": "click here", "label": "debris"}], CLASS,
     "have the label 'good' and 0 another one; at least 2 of each are needed"),
    (labelled(2) * 15, CLASS, "30 rows are left to learn from and 0 to measure by .2 different"),
    (labelled(2, score=True) * 15, {}, "0 to measure by"),
])  # fmt: skip
def test_rows_that_give_no_classifier_are_refused(tmp_path, rows, fields, reason):
    with pytest.raises(DataError, match=reason):
        fit(tmp_path, rows, **fields)
    assert not (tmp_path / "job" / "output").exists()
    assert not list((tmp_path / "job").glob("*.tmp"))


@pytest.mark.parametrize(("fields", "reason"), [
    ({}, "exactly one of rows, tasks and path"),
    ({"rows": "a", "tasks": "b"}, "exactly one of rows, tasks and path"),
    ({"path": "a", "form": "encoder"}, "exactly one of encoder, encoder_upload and encoder_path"),
    ({"tasks": "a", "form": "keywords"}, "a task set is no list of words"),
    ({"path": "a", "target": "class", "positive": " "}, "no class is named"),
    ({"path": "a", "form": "fasttext"}, "form"),
    ({"path": "a", "hashed": {"bucket_bits": 60}}, "bucket_bits"),
])  # fmt: skip
def test_specs_that_cannot_be_are_refused(fields, reason):
    with pytest.raises(SpecError, match=reason):
        FitClassifierSpec.parse(fields)


def test_lists_of_words_become_a_classifier(tmp_path):
    (tmp_path / "en.txt").write_text("# mine\nfoo\na\n!foo fighters\n")
    output = fit(tmp_path, tmp_path / "en.txt", form="keywords")
    assert load_manifest(output).counts == {
        "form": "keywords", "entries": 1, "allowed_entries": 1, "left_out": 1,
    }  # fmt: skip
    assert "en.txt, line 3: 'a' is a single letter or digit" in warnings(tmp_path)
    assert evaluation(output)["languages"] == {"en": 2}


@pytest.mark.parametrize(("text", "reason"), [
    ("# nothing\n", "no entry to look for: en.txt gave no entry: it is empty"),
    ("!foo\n", "all entries are allowed ones"),
    ("a\nb\n", "is a single letter"),
])  # fmt: skip
def test_lists_without_an_entry_are_refused(tmp_path, text, reason):
    (tmp_path / "en.txt").write_text(text)
    with pytest.raises(DataError, match=reason):
        fit(tmp_path, tmp_path / "en.txt", form="keywords")


def test_more_text_than_is_wanted_is_not_read(tmp_path):
    output = fit(tmp_path, labelled(120), **CLASS, max_training_bytes=10_000)
    assert load_manifest(output).counts["rows"] < 80
    assert "those behind them were not looked at" in warnings(tmp_path)
