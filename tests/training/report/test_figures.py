"""Every figure of the report is what an independent reader takes from the folder."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import struct
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData

from tests.training.loop.tiny import make_store, train
from training import cli


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run, and the report of it."""
    folder = tmp_path_factory.mktemp("figures")
    prompts = {"prompts": ["12", "|x|"], "max_new_tokens": 4}
    run = train(folder, "job", make_store(folder / "tokens"), samples=prompts)
    (folder / "r.yaml").write_text(json.dumps({"run": str(run / "output"), "licence": "mit"}))
    assert cli.main(["report", str(folder / "r.yaml"), "--out", str(folder / "report")]) == 0
    return {"run": run, "report": folder / "report" / "output"}


def events(run: Path, kind: str) -> list[dict[str, Any]]:
    lines = (run / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


def series(run: Path, name: str) -> list[float]:
    """Values of a metric, read by the format's description and nothing of ours."""
    index = [
        json.loads(line) for line in (run / "metrics" / "index.jsonl").read_text().splitlines()
    ]
    (number,) = [entry["id"] for entry in index if entry["name"] == name]
    data = (run / "metrics" / f"{number:04d}.series").read_bytes()
    return [value for _step, _time, value in struct.iter_unpack("<qdd", data)]


def figures(run: Path) -> dict[str, str]:
    """What the folder says, written as the report writes it."""
    (finished,) = events(run, "finished")
    best = min(events(run, "validation"), key=lambda event: event["loss"])
    plan = json.loads((run / "plan.json").read_text())
    speed = statistics.median_high(series(run, "train/tokens_per_second"))
    (*_, checkpoint) = events(run, "checkpoint")
    weights = run / "output" / "model.safetensors"
    return {
        "best validation loss": f"{best['loss']:.4f}",
        "its perplexity": f"{math.exp(best['loss']):.1f}",
        "its step": f"{best['step']:,}",
        "last training loss": f"{series(run, 'train/loss')[-1]:.4f}",
        "steps": f"{finished['num_steps']:,}",
        "tokens": f"{finished['num_tokens']:,}",
        "parameters": f"{finished['num_parameters']:,}",
        "speed": f"{speed:,.0f} tokens/s",
        "highest memory": f"{finished['peak_memory_bytes'] / 1e6:.1f} MB",
        "planned memory": f"{plan['memory']['total'] / 1e6:.1f} MB",
        "checkpoint": f"{checkpoint['num_bytes'] / 1e3:.1f} kB",
        "hash of the weights": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "hash of the tokens": hashlib.sha256(
            (run.parent / "tokens" / "manifest.json").read_bytes()
        ).hexdigest()[:16],
    }


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_every_figure_is_that_of_the_folder(folders: dict[str, Path], name: str) -> None:
    text = (folders["report"] / name).read_text()
    missing = {what: shown for what, shown in figures(folders["run"]).items() if shown not in text}
    assert missing == {}


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_prompt_is_shown_over_checkpoints(folders: dict[str, Path], name: str) -> None:
    steps = {event["step"] for event in events(folders["run"], "sample")}
    text = (folders["report"] / name).read_text()
    assert len(steps) == 3
    assert all(f"step {step}" in text for step in steps)


def test_the_html_needs_nothing_but_itself(folders: dict[str, Path]) -> None:
    html = (folders["report"] / "report.html").read_text()
    assert "<script" not in html
    assert "src=" not in html
    assert "both axes logarithmic" in html


def card_of(path: Path) -> ModelCard:
    return ModelCard(path.read_text())


def test_the_card_beside_the_weights_is_what_the_hub_reads(folders: dict[str, Path]) -> None:
    run = folders["run"]
    card = card_of(run / "output" / "README.md")
    assert isinstance(card.data, ModelCardData)
    (finished,) = events(run, "finished")
    (result, perplexity) = card.data.eval_results or []
    assert (result.metric_type, result.dataset_name) == ("loss", "validation split")
    assert result.metric_value == pytest.approx(finished["validation_loss"], abs=1e-6)
    assert perplexity.metric_value == pytest.approx(math.exp(finished["validation_loss"]), rel=1e-4)
    assert card.data.license == "unknown"
    assert card.data.library_name == "transformers"
    assert card.data.tags == ["trainyard", "llama"]
    assert card.data.pipeline_tag == "text-generation"
    weights = hashlib.sha256((run / "output" / "model.safetensors").read_bytes()).hexdigest()
    assert weights in card.text
    assert "AutoModelForCausalLM" in card.text
    assert "## Limits and risks" in card.text


def test_the_report_has_the_card_with_the_licence_that_was_named(folders: dict[str, Path]) -> None:
    card = card_of(folders["report"] / "README.md")
    assert card.data.license == "mit"
    header = yaml.safe_load((folders["report"] / "README.md").read_text().split("---")[1])
    assert header["model-index"][0]["results"][0]["metrics"][0]["type"] == "loss"


def test_an_exported_checkpoint_has_the_loss_of_its_own_step(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    run = folders["run"]
    checkpoint = sorted((run / "checkpoints").iterdir())[0]
    step = int(checkpoint.name.removeprefix("step-"))
    (tmp_path / "e.yaml").write_text(json.dumps({"checkpoint": str(checkpoint)}))
    assert cli.main(["export", str(tmp_path / "e.yaml"), "--out", str(tmp_path / "e")]) == 0
    card = card_of(tmp_path / "e" / "output" / "README.md")
    measured = {event["step"]: event["loss"] for event in events(run, "validation")}
    results = card.data.eval_results or []
    assert [result.metric_value for result in results][:1] == (
        [pytest.approx(measured[step], abs=1e-6)] if step in measured else []
    )
