"""The learning rate at every step: as transformers has it where it has the shape, to the floor."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import transformers

from training.loop.schedule import learning_rate
from training.registry import SCHEDULES
from training.specs.optimization import DecayShape, Schedule, SchedulePart

NUM_STEPS, WARMUP = 110, 10

Make = Callable[..., torch.optim.lr_scheduler.LambdaLR]
#: Ours, and transformers' function for the same rates.
PEERS: dict[str, tuple[dict[str, Any], Make]] = {
    "cosine": ({"kind": "cosine"}, transformers.get_cosine_schedule_with_warmup),
    "linear": ({"kind": "linear"}, transformers.get_linear_schedule_with_warmup),
    "polynomial": (
        {"kind": "polynomial", "power": 3.0},
        partial(transformers.get_polynomial_decay_schedule_with_warmup, lr_end=0.0, power=3.0),
    ),
    "restarts": (
        {"kind": "cosine_restarts", "num_cycles": 3},
        partial(transformers.get_cosine_with_hard_restarts_schedule_with_warmup, num_cycles=3),
    ),
}


def rates(part: SchedulePart) -> list[float]:
    """Of steps 1 to NUM_STEPS, the peak being 1."""
    return [
        learning_rate(step, peak=1.0, num_steps=NUM_STEPS, schedule=part)
        for step in range(1, NUM_STEPS + 1)
    ]


@pytest.mark.parametrize("name", PEERS)
def test_rates_are_those_of_transformers(name: str) -> None:
    options, make = PEERS[name]
    ours = rates(
        SchedulePart.model_validate({**options, "warmup_steps": WARMUP, "floor_fraction": 0})
    )
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    peer = make(optimizer, num_warmup_steps=WARMUP, num_training_steps=NUM_STEPS)
    (theirs,) = peer.lr_lambdas
    assert ours == pytest.approx([theirs(step) for step in range(1, NUM_STEPS + 1)], abs=1e-12)


@pytest.mark.parametrize("kind", Schedule)
def test_every_schedule_warms_up_and_never_leaves_its_bounds(kind: Schedule) -> None:
    found = rates(SchedulePart(kind=kind, warmup_steps=WARMUP, floor_fraction=0.1))
    assert found[:WARMUP] == pytest.approx([step / WARMUP for step in range(1, WARMUP + 1)])
    assert all(0.1 - 1e-12 <= rate <= 1 for rate in found[WARMUP:])
    if kind not in {Schedule.CONSTANT, Schedule.INVERSE_SQRT}:
        assert found[-1] == pytest.approx(0.1)
    assert str(kind) in SCHEDULES


@pytest.mark.parametrize("shape", DecayShape)
def test_wsd_is_steady_and_falls_in_the_last_part_of_the_run(shape: DecayShape) -> None:
    part = SchedulePart(
        kind=Schedule.WSD,
        warmup_steps=WARMUP,
        floor_fraction=0,
        decay_fraction=0.2,
        decay_shape=shape,
    )
    found = rates(part)
    assert set(found[WARMUP - 1 : 88]) == {1.0}
    middle = {"linear": 0.5, "cosine": 0.5, "sqrt": 1 - math.sqrt(0.5)}
    assert found[98] == pytest.approx(middle[shape])
    assert found[-1] == pytest.approx(0, abs=1e-12)
    assert found[88:] == sorted(found[88:], reverse=True)


def test_the_inverse_root_halves_after_three_timescales() -> None:
    part = SchedulePart(
        kind=Schedule.INVERSE_SQRT, warmup_steps=WARMUP, floor_fraction=0, timescale_steps=20
    )
    found = rates(part)
    assert found[WARMUP + 20 - 1] == pytest.approx(math.sqrt(0.5))
    assert found[WARMUP + 60 - 1] == pytest.approx(0.5)


def test_without_warm_up_the_first_step_is_on_the_curve() -> None:
    found = rates(SchedulePart(kind=Schedule.LINEAR, floor_fraction=0))
    assert found[0] == pytest.approx(1 - 1 / NUM_STEPS)
