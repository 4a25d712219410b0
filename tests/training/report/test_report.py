"""Reports read every number from the folder, escape what the run wrote, and open from disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.loop.tiny import make_store, train
from training import cli
from training.errors import DataError
from training.events import all_events
from training.report.collect import collect, job_folder_of
from training.report.render import render_html, render_markdown


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    store = make_store(folder / "tokens")
    prompts = {"prompts": ["<script>alert(1)</script> |"], "max_new_tokens": 4}
    return train(folder, "job", store, samples=prompts)


def test_the_verb_leaves_html_markdown_and_json(run: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(json.dumps({"run": str(run / "output"), "title": "Mine"}))
    arguments = ["report", str(tmp_path / "r.yaml"), "--out", str(tmp_path / "report")]
    assert cli.main(arguments) == 0
    names = {path.name for path in (tmp_path / "report" / "output").iterdir()}
    assert names == {"report.html", "report.md", "report.json", "manifest.json"}
    manifest = json.loads((tmp_path / "report" / "output" / "manifest.json").read_text())
    assert manifest["title"] == "Mine"
    assert manifest["inputs"]["run"]["kind"] == "model"


def test_its_numbers_are_those_of_the_events(run: Path) -> None:
    data = collect(job_folder_of(run))
    finished = all_events(run / "events.jsonl")[-1]
    assert data["result"]["num_steps"] == finished["num_steps"] == 24
    assert data["result"]["validation_loss"] == finished["validation_loss"]
    assert data["curves"]["train/loss"]["x"][-1] == 24
    assert f"{finished['validation_loss']:.4f}" in render_html(data)
    assert [entry["kind"] for entry in data["inputs"]] == ["tokens"]


def test_what_the_run_wrote_is_escaped(run: Path) -> None:
    html = render_html(collect(job_folder_of(run)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html


def test_markdown_tables_keep_their_columns(run: Path) -> None:
    text = render_markdown(collect(job_folder_of(run)))
    for line in text.splitlines():
        if line.startswith("| ") and "validation" in line:
            assert line.endswith("|")
    assert "## Result" in text
    assert "# Training run job" in text


def test_a_run_that_has_not_ended_has_a_report_too(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "unfinished"
    other.mkdir()
    for name in ("spec.json", "events.jsonl"):
        lines = (run / name).read_text().splitlines(keepends=True)
        (other / name).write_text("".join(lines if name == "spec.json" else lines[:5]))
    data = collect(job_folder_of(other))
    assert not data["result"]["is_finished"]
    assert "has not finished" in render_html(data)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a training run"):
        job_folder_of(tmp_path)
