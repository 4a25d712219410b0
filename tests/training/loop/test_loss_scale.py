"""fp16: the course of the loss's scale, overflows that are no spikes, and a run that is killed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.loop.test_resume import kill_at_random_steps
from tests.training.loop.test_resume_objectives import CASES
from tests.training.loop.tiny import (
    final_weights,
    make_store,
    prepared,
    series,
    spec_data,
    train,
    write_spec,
)
from tests.training.objectives.setting import special_store
from training.errors import Problem, SpecError
from training.events import all_events
from training.loop.loss_scale import LEAST_SCALE, LossScale
from training.loop.run import Run, StepResult
from training.loop.spikes import SpikeRule
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.planning.machine import cpu_has_fp16
from training.specs.loss_scaling import LossScalingPart
from training.specs.spikes import SpikePart
from training.specs.train import TrainSpec

CPU = torch.device("cpu")
FINE, INFINITE = torch.tensor(1.0), torch.tensor(math.inf)
#: Overflows at once and again and again.
RESTLESS = {"initial_scale": 2.0**24, "growth_steps": 3}


def scale_of(**changes: Any) -> LossScale:
    return LossScale(LossScalingPart(**changes), 64, CPU)


def test_the_scale_goes_the_way_of_torchs_scaler() -> None:
    ours = scale_of(initial_scale=1024.0, growth_steps=5)
    theirs = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=5)
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([parameter], lr=0.0)
    random, seen = np.random.default_rng(0), []
    for is_overflow in random.random(200) < 0.12:
        seen.append(theirs.get_scale())
        norm = INFINITE if is_overflow else FINE
        assert ours.judge(FINE, norm).scale.item() == seen[-1]
        parameter.grad = norm.clone().view(1)
        theirs.scale(FINE)
        theirs.step(optimizer)
        theirs.update()
    assert len(set(seen)) > 5


def test_what_is_descended_is_the_scaled_mean_and_comes_back_exactly() -> None:
    scale = scale_of(initial_scale=256.0)
    loss = torch.tensor(4.321)
    assert scale.scaled(loss) == loss * 256 / 64
    assert scale.scaled(loss) * scale.inverse() == loss


def test_an_overflow_is_no_spike_and_a_loss_that_is_not_finite_is_no_overflow() -> None:
    scale, rule = scale_of(), SpikeRule(SpikePart(), CPU)
    seen = []
    for step, (loss, norm) in enumerate([(FINE, INFINITE), (INFINITE, INFINITE)], 1):
        scaled = scale.judge(loss, norm)
        is_spike = bool(rule.judge(step, loss, norm, scaled.is_overflow).is_spike)
        seen.append((bool(scaled.is_overflow), is_spike))
    assert seen == [(True, False), (False, True)]
    assert rule.flagged_steps() == [2]


def test_at_the_least_scale_what_is_not_finite_is_left_to_the_spike_rule() -> None:
    scale = scale_of(initial_scale=4.0)
    overflows = [bool(scale.judge(FINE, INFINITE).is_overflow) for _ in range(4)]
    assert overflows == [True, True, False, False]
    assert scale.judge(FINE, FINE).scale == LEAST_SCALE


class Watch:
    """A callback that remembers the weights around each step."""

    def __init__(self) -> None:
        self.norms: list[float] = []
        self.losses: list[float] = []
        self.has_moved: list[bool] = []

    def start(self, run: Run) -> None:
        self._before = run.model.model.embed_tokens.weight.detach().clone()

    def after_step(self, run: Run, result: StepResult) -> None:
        now = run.model.model.embed_tokens.weight.detach()
        self.has_moved.append(not now.equal(self._before))
        self.norms.append(result.gradient_norm.item())
        self.losses.append(result.loss.item())
        self._before = now.clone()

    def end(self, run: Run) -> None:
        """Nothing."""


def watched(out: Path, store: Path, **changes: Any) -> Watch:
    """What a few steps without dropout and warm-up did."""
    model = spec_data(store)["model"] | {"dropout": 0.0}
    run = prepared(out, store, model=model, schedule={"warmup_steps": 0}, **changes)
    watch = Watch()
    Trainer(run, [watch], StopWatch(run.job)).train()
    return watch


def test_overflowing_steps_move_nothing(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    seen = watched(tmp_path / "run", store, precision="fp16", num_steps=12, loss_scaling=RESTLESS)
    assert [math.isfinite(norm) for norm in seen.norms] == seen.has_moved
    assert 0 < sum(seen.has_moved) < 12


def test_norms_are_those_of_fp32_whatever_the_scale(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    for scale in (256.0, 65536.0):
        (mine,), (other,) = (
            watched(tmp_path / f"{precision}{scale}", store, precision=precision, num_steps=1,
                    loss_scaling={"initial_scale": scale}).norms
            for precision in ("fp16", "fp32")
        )  # fmt: skip
        assert mine == pytest.approx(other, rel=1e-3)


@pytest.mark.parametrize(
    ("case", "num_kills"),
    [("causal", 1), pytest.param("replaced", 2, marks=pytest.mark.slow)],
    ids=["causal", "replaced, two processes"],
)
def test_a_killed_run_ends_where_the_unbroken_one_does(
    tmp_path: Path, case: str, num_kills: int
) -> None:
    """With overflows before and after each kill."""
    store = special_store(tmp_path / "tokens")
    changes: dict[str, Any] = {"precision": "fp16", "loss_scaling": RESTLESS, "num_steps": 20}
    changes |= CASES.get(case, {})
    changes["model"] = spec_data(store)["model"] | changes.get("model", {})
    num = changes["num_processes"] = 2 if case == "replaced" else 1
    twin = train(tmp_path, "twin", store, **changes)
    spec = write_spec(tmp_path / "killed.yaml", store, **changes)
    kill_at_random_steps(spec, tmp_path / "killed", num_processes=num, num_kills=num_kills)
    for name in ("train/loss", "train/gradient_norm", "train/loss_scale", "validation/loss"):
        assert series(tmp_path / "killed", name) == series(twin, name), name
    assert final_weights(tmp_path / "killed") == final_weights(twin)
    events = all_events(twin / "events.jsonl")
    finished = next(event for event in events if event["kind"] == "finished")
    told = [event for event in events if event["kind"] == "overflow"]
    assert len(told) == finished["num_overflows"] > 3
    assert not [event for event in events if event["kind"] in {"step_skipped", "rolled_back"}]


def test_it_learns_as_fp32_does(tmp_path: Path) -> None:
    store = make_store(tmp_path / "tokens")
    half, single = (
        watched(tmp_path / precision, store, precision=precision, num_steps=30).losses
        for precision in ("fp16", "fp32")
    )
    assert single[-1] < single[0] - 0.5
    assert half == pytest.approx(single, abs=0.01)


def test_a_scale_that_rounds_is_refused_with_the_nearest_one() -> None:
    asked = {"tokens": "t", "precision": "fp16", "loss_scaling": {"initial_scale": 1000}}
    with pytest.raises(SpecError) as caught:
        TrainSpec.parse(asked)
    (problem,) = caught.value.problems
    assert problem.field == "loss_scaling.initial_scale"
    assert problem.fix == (("loss_scaling.initial_scale", 512.0),)


def doubts_of(**changes: Any) -> list[Problem]:
    spec = TrainSpec.parse({"tokens": "t", "batch_size": 32, **changes})
    return [doubt for doubt in spec.doubts() if doubt.field == "precision"]


@pytest.mark.skipif(cpu_has_fp16(), reason="this CPU has instructions for fp16")
def test_on_a_cpu_without_instructions_there_is_a_doubt_with_a_remedy() -> None:
    (doubt,) = doubts_of(precision="fp16", device="cpu")
    assert doubt.fix == (("precision", "auto"),)
    assert not doubts_of(precision="fp16", device="cuda")
    assert not doubts_of(precision="bf16", device="cpu")
