"""A run on packed rows goes on from a checkpoint as if nothing had happened, in every way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.training.loop.tiny import final_weights, make_store, series
from training.cli import main
from training.events import all_events
from training.folder.atomic import read_json, write_json

WAYS = [
    {"way": "best_fit", "isolation": "document"},
    {"way": "greedy", "isolation": "soft", "long_documents": "cut"},
    {"way": "naive", "isolation": "soft", "resets_positions": False},
    {"way": "best_fit", "isolation": "none"},
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


@pytest.mark.parametrize("packing", WAYS, ids=lambda way: f"{way['way']}-{way['isolation']}")
def test_a_resumed_run_is_the_unbroken_one(tmp_path: Path, store: Path, packing: dict) -> None:
    spec, whole, resumed = tmp_path / "spec.json", tmp_path / "whole", tmp_path / "resumed"
    model = {"num_layers": 1, "width": 16, "num_heads": 2, "context_length": 24, "dropout": 0.1}
    asked = {
        "tokens": str(store), "model": model, "packing": packing, "num_steps": 8, "batch_size": 4,
        "micro_batch_size": 2, "num_threads": 1, "precision": "fp32", "device": "cpu",
        "schedule": {"warmup_steps": 2}, "validation": {"every_steps": 4},
        "checkpoints": {"every_steps": 4, "keep_last": 5},
    }  # fmt: skip
    write_json(spec, asked)
    assert main(["train", str(spec), "--out", str(whole)]) == 0
    shutil.copytree(whole, resumed)
    shutil.rmtree(resumed / "output")
    shutil.rmtree(resumed / "checkpoints" / "step-00000008")
    assert main(["train", str(spec), "--out", str(resumed)]) == 0
    assert "resumed" in {event["kind"] for event in all_events(resumed / "events.jsonl")}
    assert final_weights(whole) == final_weights(resumed)
    assert series(whole, "train/loss") == series(resumed, "train/loss")
    begun = next(e for e in all_events(whole / "events.jsonl") if e["kind"] == "started")
    figures = begun["packing"]
    assert figures == read_json(whole / "plan.json")["packing"]
    assert figures["blocked_fraction"] == (
        figures["crossing_fraction"] if packing["isolation"] == "document" else 0
    )
    assert 0.5 < figures["efficiency"] <= 1
