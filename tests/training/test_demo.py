"""The whole way without the web: text found here becomes a model and a report in one folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training import cli
from training.folder.artifact import changed_files
from training.folder.atomic import read_json, write_json

NUM_STEPS = 4


def leave_an_earlier_demo(root: Path) -> None:
    """A training that had finished, as a demo before this one left it, and somebody's own file."""
    earlier = root / "5-train"
    (earlier / "output").mkdir(parents=True)
    write_json(earlier / "asked.json", {"tokens": "gone"})
    write_json(earlier / "output" / "manifest.json", {"id": "old", "kind": "model", "files": {}})
    (root / "report.html").write_text("old")
    (root / "mine.txt").write_text("mine")


def test_the_demo_begins_anew_and_leaves_a_model_and_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, spec = tmp_path / "demo", tmp_path / "demo.yaml"
    leave_an_earlier_demo(root)
    spec.write_text(f"num_steps: {NUM_STEPS}\n")
    assert cli.main(["demo", str(spec), "--out", str(root)]) == 0
    verbs = ["extract", "clean", "tokenizer", "tokenize", "train", "report"]
    folders = [root / f"{number}-{verb}" for number, verb in enumerate(verbs, start=1)]
    assert [changed_files(folder / "output") for folder in folders] == [[]] * len(verbs)
    report = json.loads((root / "report.json").read_text())
    assert report["result"]["num_steps"] == NUM_STEPS
    made = read_json(folders[3] / "output" / "manifest.json")["id"]
    assert made in [entry["id"] for entry in report["inputs"]], "the model is of other tokens"
    assert (root / "report.html").read_text().startswith("<!doctype html>")
    assert (root / "mine.txt").read_text() == "mine"
    said = capsys.readouterr().out
    assert "Removing 5-train of an earlier demo." in said
    assert "The report: " in said
