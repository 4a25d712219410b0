"""The spike rule alone: what it takes for a spike, and how it remembers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from training.errors import SpecError
from training.loop.spikes import SpikeRule
from training.specs.spikes import SpikePart
from training.specs.train import TrainSpec

CPU = torch.device("cpu")


def judged(rule: SpikeRule, step: int, loss: float, norm: float = 1.0) -> bool:
    return bool(rule.judge(step, torch.tensor(loss), torch.tensor(norm)).is_spike)


def fed(rule: SpikeRule, number: int, *, level: float = 3.0) -> int:
    """A calm run of ``number`` steps; returns the next step."""
    random = np.random.default_rng(0)
    for step in range(1, number + 1):
        assert not judged(rule, step, level + 0.1 * random.standard_normal())
    return number + 1


def test_the_limit_is_the_mean_and_so_many_deviations() -> None:
    rule, values = SpikeRule(SpikePart(sigma=5, window_steps=8), CPU), [3.0, 3.4, 2.9, 3.1, 3.3]
    for step, value in enumerate(values, 1):
        rule.judge(step, torch.tensor(value), torch.tensor(2 * value))
    limits = rule.judge(6, torch.tensor(3.0), torch.tensor(6.0)).limits
    expected = np.float32(values).astype(float)
    assert limits == pytest.approx([
        expected.mean() + 5 * expected.std(), 2 * (expected.mean() + 5 * expected.std())
    ])  # fmt: skip


def test_nothing_is_judged_before_half_a_window_but_what_is_not_finite() -> None:
    rule = SpikeRule(SpikePart(window_steps=128), CPU)
    step = fed(rule, 63)
    assert not judged(rule, step, 9.0)
    assert judged(rule, step + 1, 9e9)
    early = SpikeRule(SpikePart(), CPU)
    assert judged(early, 1, math.nan)
    assert judged(early, 2, 3.0, math.inf)
    assert early.flagged_steps() == [1, 2]


@pytest.mark.parametrize(("loss", "norm"), [(9.0, 1.0), (3.0, 9.0), (-math.inf, 1.0)])
def test_loss_and_gradient_both_count(loss: float, norm: float) -> None:
    rule = SpikeRule(SpikePart(), CPU)
    step = fed(rule, 128)
    assert judged(rule, step, loss, norm)
    assert rule.flagged_steps() == [step]


def test_one_spike_does_not_blind_the_rule() -> None:
    rule = SpikeRule(SpikePart(), CPU)
    step = fed(rule, 128)
    assert judged(rule, step, 1e30)
    assert judged(rule, step + 1, 5.0)


def test_a_level_that_stays_is_taken_in_the_end() -> None:
    """A run whose data has changed must not be skipped for ever."""
    rule = SpikeRule(SpikePart(), CPU)
    step = fed(rule, 128)
    skipped = [judged(rule, step + number, 5.0) for number in range(40)]
    assert skipped[0]
    assert not any(skipped[20:])


def test_a_loss_that_hardly_varies_may_vary_by_a_little() -> None:
    rule = SpikeRule(SpikePart(), CPU)
    for step in range(1, 129):
        assert not judged(rule, step, 2.0)
    assert not judged(rule, 129, 2.1)
    assert judged(rule, 130, 2.2)


def test_sigma_0_skips_only_what_is_not_finite() -> None:
    rule = SpikeRule(SpikePart(sigma=0), CPU)
    step = fed(rule, 128)
    assert not judged(rule, step, 1e9)
    assert judged(rule, step + 1, math.inf)


def test_flags_are_of_the_last_steps_and_can_be_forgotten() -> None:
    rule = SpikeRule(SpikePart(within_steps=4, repeats=2), CPU)
    for step in (1, 3):
        judged(rule, step, math.nan)
        judged(rule, step + 1, 3.0)
    assert rule.flagged_steps() == [1, 3]
    judged(rule, 5, 3.0)
    assert rule.flagged_steps() == [3]
    rule.forget_flags()
    assert rule.flagged_steps() == []


def test_its_tensors_hold_all_that_it_remembers() -> None:
    part = SpikePart(window_steps=16)
    first, second = SpikeRule(part, CPU), SpikeRule(part, CPU)
    step = fed(first, 21)
    judged(first, step, 8.0)
    for name, tensor in second.tensors().items():
        tensor.copy_(first.tensors()[name])
    assert second.flagged_steps() == first.flagged_steps() == [step]
    ours, theirs = (
        r.judge(step + 1, torch.tensor(3.0), torch.tensor(1.0)) for r in (first, second)
    )
    assert ours.limits.tolist() == theirs.limits.tolist()


def test_torch_and_numpy_say_the_same() -> None:
    """On a GPU the same arithmetic is torch's; here both are asked on the CPU."""
    part = SpikePart(window_steps=16, within_steps=8)
    ours, theirs = SpikeRule(part, CPU), SpikeRule(part, CPU)
    as_on_a_gpu(theirs)
    random = np.random.default_rng(1)
    for step in range(1, 60):
        value = math.nan if step % 17 == 0 else 3 + random.standard_normal() * (step % 13 == 0) * 9
        loss, norm = torch.tensor(value), torch.tensor(abs(value) / 2)
        one, other = ours.judge(step, loss, norm), theirs.judge(step, loss, norm)
        assert bool(one.is_spike) == bool(other.is_spike), step
        assert one.limits.tolist() == pytest.approx(other.limits.tolist())
    assert ours.flagged_steps() == theirs.flagged_steps()


def as_on_a_gpu(rule: Any) -> None:
    rule._library = torch
    rule._values, rule._known, rule._flags = rule.tensors().values()


def test_more_repeats_than_steps_are_refused() -> None:
    with pytest.raises(SpecError, match=r"spikes\.repeats: there are no 9 skipped steps among 4"):
        TrainSpec.parse({"tokens": "t", "spikes": {"repeats": 9, "within_steps": 4}})
