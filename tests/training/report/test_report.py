"""Reports read every number from the folder, escape what the run wrote, and open from disk."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import final_weights, make_store, train, write_spec
from tests.training.processes import Attempt, run_verb
from training import cli
from training.errors import DataError
from training.events import all_events
from training.generate.checks import structure_problem
from training.report.card import card_text, metadata
from training.report.collect import collect
from training.report.render import render_html, render_markdown
from training.report.section import Section
from training.report.sections import sections
from training.tokens.seen.runs import job_folder_of

Event = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    store = make_store(folder / "tokens")
    prompts = {
        "prompts": ["<script>alert(1)</script> |"], "max_new_tokens": 4, "structure": "json",
        "required_keys": ["dose"], "name_endings": ["mab"],
    }  # fmt: skip
    return train(folder, "job", store, samples=prompts)


def test_the_verb_leaves_html_markdown_and_json(run: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(json.dumps({"run": str(run / "output"), "title": "Mine"}))
    arguments = ["report", str(tmp_path / "r.yaml"), "--out", str(tmp_path / "report")]
    assert cli.main(arguments) == 0
    names = {path.name for path in (tmp_path / "report" / "output").iterdir()}
    assert names == {"README.md", "report.html", "report.md", "report.json", "manifest.json"}
    manifest = json.loads((tmp_path / "report" / "output" / "manifest.json").read_text())
    assert manifest["title"] == "Mine"
    assert manifest["inputs"]["run"]["kind"] == "model"


def test_samples_are_checked_as_they_are_written(run: Path) -> None:
    samples = [event for event in all_events(run / "events.jsonl") if event["kind"] == "sample"]
    assert samples
    for event in samples:
        assert event["is_valid"] is False
        assert event["problem"] == structure_problem(event["text"], ["dose"]) != ""
    (table,) = section(collect(job_folder_of(run)), "Samples").tables
    assert [row[1] for row in table.rows] == ["0 of 1"] * len(samples)
    assert "Samples checked" in render_html(collect(job_folder_of(run)))


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


def section(data: dict[str, Any], title: str) -> Section:
    (found,) = [one for one in sections(data) if one.title == title]
    return found


def test_the_printed_command_makes_the_same_run_again(run: Path, tmp_path: Path) -> None:
    command = section(collect(job_folder_of(run)), "Reproduce").code.splitlines()[0]
    command = command.replace("spec.yaml", "spec.json")  # as the text says of the run's own folder
    program, *arguments = shlex.split(command.replace("FOLDER", str(tmp_path / "again")))
    assert program == "python"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=run, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert final_weights(tmp_path / "again") == final_weights(run)


def test_the_printed_spec_is_the_one_that_ran(run: Path) -> None:
    text = section(collect(job_folder_of(run)), "Reproduce").code.partition("# spec.yaml\n")[2]
    (run.parent / "elsewhere").mkdir()
    copy = run.parent / "elsewhere" / "spec.yaml"
    copy.write_text(text)
    assert cli.main(["train", str(copy), "--out", str(run.parent / "copy")]) == 0
    assert yaml.safe_load(text) == json.loads((run / "spec.json").read_text())["spec"]
    assert final_weights(run.parent / "copy") == final_weights(run)


def test_what_a_resume_took_back_is_not_reported(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    changes = {
        "num_steps": 24,
        # The first validation is the best there will be, so that it alone is saved off the beat.
        "validation": {"every_steps": 1, "max_rows": 4, "min_delta": 100.0},
        "checkpoints": {"every_steps": 7},
        "samples": {"prompts": ["A", "B"], "max_new_tokens": 2},
    }
    spec, out = write_spec(tmp_path / "run.yaml", store, **changes), tmp_path / "run"

    def validated() -> list[int]:
        events = all_events(out / "events.jsonl") if (out / "events.jsonl").exists() else []
        return [event["step"] for event in events if event["kind"] == "validation"]

    assert Attempt("train", spec, out).kill_when(lambda: len(validated()) >= 10)
    before = max(validated())
    run_verb("train", spec, out)
    data = collect(job_folder_of(out))
    (resumed,) = [event for event in data["events"] if event["kind"] == "resumed"]
    assert resumed["step"] < before, "nothing was taken back; the test shows nothing"
    assert [event["step"] for event in data["validations"]] == list(range(1, 25))
    told = [(event["step"], event["prompt"]) for event in data["samples"]]
    assert told == [(step, prompt) for step in range(1, 25) for prompt in "AB"]
    assert (
        section(data, "Training")
        .paragraphs[0]
        .startswith("The run was continued 1 time from a checkpoint; the curves")
    )


def with_events(run: Path, folder: Path, change: Callable[[Event], list[Event]]) -> dict[str, Any]:
    """The report of a copy of the run in which every event is what ``change`` makes of it."""
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("output"))
    changed = [new for event in all_events(run / "events.jsonl") for new in change(event)]
    lines = "".join(json.dumps(event) + "\n" for event in changed)
    (folder / "events.jsonl").write_text(lines)
    return collect(job_folder_of(folder))


def test_a_loss_beyond_all_perplexity_can_be_reported(run: Path, tmp_path: Path) -> None:
    def worse(event: Event) -> list[Event]:
        is_validation = event["kind"] == "validation"
        return [{**event, "loss": 800.0, "perplexity": "inf"} if is_validation else event]

    data = with_events(run, tmp_path / "worse", worse)
    assert data["result"]["validation_loss"] == 800.0
    assert data["result"]["validation_perplexity"] is None
    json.dumps(data, allow_nan=False)
    assert "800.0000 nats per token (perplexity too large to write)" in render_html(data)


def test_a_run_begun_again_from_nothing_is_not_called_continued(run: Path, tmp_path: Path) -> None:
    def begun_twice(event: Event) -> list[Event]:
        return [event, {**event, "kind": "resumed"}] if event["kind"] == "started" else [event]

    data = with_events(run, tmp_path / "twice", begun_twice)
    note = section(data, "Training").paragraphs[0]
    assert note.startswith("The run was begun again 1 time from the first step; the curves")


def test_a_tuned_run_tells_its_base_and_what_was_forgotten(run: Path, tmp_path: Path) -> None:
    told = {
        "general_text": "a general text", "general_loss_before": 2.0, "general_loss": 2.5,
        "base_name": "some-base", "tuning": "lora", "num_trainable": 10, "step": 24,
    }  # fmt: skip

    def tuned(event: Event) -> list[Event]:
        return [{**event, **told} if event["kind"] == "finished" else event]

    data = with_events(run, tmp_path / "tuned", tuned)
    html = render_html(data)
    assert "the perplexity of a general text rose from 7.4 to 12.2 (+64.9%) by tuning" in html
    header = metadata(data)
    assert (header["base_model"], header["base_model_relation"]) == ("some-base", "finetune")
    names = [result["dataset"]["name"] for result in header["model-index"][0]["results"]]
    assert names == ["validation split", "a general text, after tuning"]


def test_a_report_of_an_earlier_version_can_still_be_drawn(run: Path) -> None:
    data = collect(job_folder_of(run))
    for name in ("plan", "compared", "sources", "tokenizer", "licence"):
        del data[name]
    assert "Plan and measurement" not in render_html(data)


def test_what_the_run_wrote_is_no_markup_in_markdown_and_its_samples_are_unchanged(
    run: Path,
) -> None:
    data = collect(job_folder_of(run))
    data["title"] = "<img src=x onerror=alert(1)> [a](javascript:b) *c*\n# d"
    text = "```js\nlet a = `b`;\n```"
    data["samples"] = [{"step": 1, "prompt": "", "text": text}]
    for markdown in (render_markdown(data), card_text(data).split("---", 2)[2]):
        head = next(line for line in markdown.splitlines() if line.startswith("# "))
        assert head.startswith("# &lt;img src=x")
        assert r"\[a\](javascript:b) \*c\* # d" in head
        assert f"````text\n{text}\n````" in markdown
        outside = re.sub(r"(`{3,})text\n.*?\n\1", "", markdown, flags=re.DOTALL)
        assert "<" not in outside


def test_losses_that_are_not_finite_are_not_called_missing(run: Path) -> None:
    data = collect(job_folder_of(run))
    data["validations"] = [{**event, "loss": "nan"} for event in data["validations"]]
    data["result"] |= {"validation_loss": None, "validation_perplexity": None, "train_loss": None}
    html = render_html(data)
    assert f"None of its {len(data['validations'])} validations gave a finite loss." in html
    assert "No validation was made" not in html
    assert ">not finite<" in html
    data["validations"] = []
    assert "No validation was made." in render_html(data)


def test_versions_and_machine_are_those_of_the_run_not_of_the_writer(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = all_events(run / "events.jsonl")
    started = next(event for event in events if event["kind"] == "started")
    monkeypatch.setattr("platform.platform", lambda: "another machine")
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "0.0.0")
    data = collect(job_folder_of(run))
    assert data["libraries"] == started["libraries"]
    assert data["libraries"]["torch"] != "0.0.0"
    assert data["machine"]["num_cores"] == started["machine"]["num_cores"]
    assert "another machine" not in render_html(data)


def test_a_run_of_before_that_told_nothing_of_its_machine_has_a_report(run: Path) -> None:
    data = collect(job_folder_of(run))
    data |= {"machine": {}, "libraries": {}}
    assert "Reproduce" in render_html(data)


def test_where_the_run_was_continued_is_marked_in_the_curves(run: Path) -> None:
    data = collect(job_folder_of(run))
    assert 'class="plot-event plot-event-resumed"' not in render_html(data)
    data["events"] = [*data["events"], {"time": 1.0, "kind": "resumed", "step": 12}]
    assert render_html(data).count('class="plot-event plot-event-resumed"') == 5
