"""What a step computes: the same however it is cut up, decayed, scheduled; and it learns."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.loop.tiny import (
    make_store,
    prepare,
    prepared,
    series,
    spec_data,
    train,
)
from training.events import all_events
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.validator import Validator
from training.loop.run import Run, StepResult
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.model.network import TrainyardModel
from training.objectives.causal import Causal
from training.registry import OBJECTIVES
from training.registry.objective_row import ObjectiveRow
from training.specs.train import TrainSpec
from training.tokens.batches import Batch

#: No dropout: cutting a batch differently would draw other masks.
PLAIN = {
    "num_layers": 2,
    "width": 32,
    "num_heads": 2,
    "context_length": 32,
}

DAWDLE_SECONDS = 1.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "tokens")


def losses(out: Path) -> list[float]:
    return [float.fromhex(value) for _, value in series(out, "train/loss")]


@pytest.mark.parametrize(
    "changes",
    [{"micro_batch_size": 2}, {"micro_batch_size": 1}, {"num_processes": 2, "micro_batch_size": 4}],
    ids=["four micro-batches", "eight micro-batches", "two processes"],
)
def test_accumulation_and_processes_change_nothing_but_rounding(
    tmp_path: Path, store: Path, changes: dict[str, int]
) -> None:
    """Rows hold different numbers of targets, so a mean of means would be seen here."""
    whole = train(tmp_path, "whole", store, model=PLAIN, precision="fp32", micro_batch_size=8)
    cut = train(tmp_path, "cut", store, model=PLAIN, precision="fp32", **changes)
    assert losses(cut) == pytest.approx(losses(whole), abs=1e-4)
    ours = load_file(whole / "output" / "model.safetensors")
    theirs = load_file(cut / "output" / "model.safetensors")
    for name, tensor in ours.items():
        torch.testing.assert_close(theirs[name], tensor, atol=2e-3, rtol=1e-3)


def test_a_tiny_model_learns(tmp_path: Path, store: Path) -> None:
    out = train(
        tmp_path, "run", store, model=PLAIN, num_steps=120, optimizer={"learning_rate": 1e-2}
    )
    curve = losses(out)
    assert curve[0] == pytest.approx(math.log(64), abs=0.3)
    assert curve[-1] < 0.55 * curve[0]


class HalfOfCausal(Causal):
    """Another objective, for the test below: half the causal loss."""

    def __call__(self, model: TrainyardModel, batch: Batch) -> torch.Tensor:
        return super().__call__(model, batch) / 2


def test_the_loop_takes_its_objective_from_the_registry(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One class and one row are all that a new objective needs."""
    row = ObjectiveRow("half", "Half the causal loss", f"{__name__}:HalfOfCausal")
    monkeypatch.setitem(OBJECTIVES, "half", row)
    first: dict[str, tuple[float, float]] = {}
    for name in ("causal", "half"):
        asked = TrainSpec.parse(spec_data(store, model=PLAIN, num_steps=5)).resolve()
        run = prepare(tmp_path / name, asked.replace(objective=name))
        watch = StopWatch(run.job)
        Trainer(run, [Reporter(), Validator()], watch).train()
        watch.close()
        first[name] = losses(tmp_path / name)[0], run.state.last_validation_loss
    assert first["half"][0] == pytest.approx(first["causal"][0] / 2)
    assert first["half"][1] < 0.6 * first["causal"][1]


class Dawdler:
    """Callback that takes its time, as a validation of many rows does."""

    def start(self, run: Run) -> None:
        """In no hurry."""

    def after_step(self, run: Run, result: StepResult) -> None:
        time.sleep(DAWDLE_SECONDS)

    def end(self, run: Run) -> None:
        """At last."""


def test_the_speed_is_that_of_steps_not_of_what_is_done_between_them(
    tmp_path: Path, store: Path
) -> None:
    out = tmp_path / "run"
    run = prepared(
        out, store, num_steps=3, schedule={"warmup_steps": 0}, validation={"every_steps": 1}
    )
    watch = StopWatch(run.job)
    Trainer(run, [Reporter(), Dawdler()], watch).train()
    watch.close()
    speeds = [float.fromhex(value) for _, value in series(out, "train/tokens_per_second")]
    num_tokens = run.spec.batch_size * run.spec.sequence_length
    assert len(speeds) == 3
    assert min(speeds) > num_tokens / DAWDLE_SECONDS
    assert run.state.elapsed_seconds < 3 * DAWDLE_SECONDS


def test_early_stopping_ends_the_run_and_exports_the_best(tmp_path: Path, store: Path) -> None:
    out = train(
        tmp_path,
        "run",
        store,
        num_steps=200,
        validation={"every_steps": 4, "max_rows": 8, "patience": 2, "min_delta": 10.0},
    )
    finished = all_events(out / "events.jsonl")[-1]
    assert finished["kind"] == "finished"
    assert finished["num_steps"] == 12
    assert finished["step"] == finished["best_step"] == 4
    assert "no improvement in 2 validations" in finished["end_reason"]


def test_a_run_that_loses_patience_at_its_last_step_did_not_end_early(
    tmp_path: Path, store: Path
) -> None:
    early = {"every_steps": 4, "max_rows": 8, "patience": 2, "min_delta": 10.0}
    out = train(tmp_path, "run", store, num_steps=12, validation=early)
    finished = all_events(out / "events.jsonl")[-1]
    assert (finished["num_steps"], finished["end_reason"]) == (12, "")
