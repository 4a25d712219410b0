"""The numbers of a verdict against values that were computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.ablation.statistics import (
    estimate,
    fluctuation,
    num_spikes,
    paired_difference,
    student_t,
)


def test_the_noise_band_is_student_s() -> None:
    # 1, 2, 3: mean 2, s = 1, t(2) = 4.303, 4.303 / sqrt(3) = 2.4843
    found = estimate([1.0, 2.0, 3.0])
    assert found is not None
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(2.4843, abs=1e-4)
    assert not found.is_clear
    # 2.0, 2.2: mean 2.1, s = 0.141421, t(1) = 12.706, half = 1.2706
    two = estimate([2.0, 2.2])
    assert two is not None
    assert two.half_width == pytest.approx(1.2706, abs=1e-4)
    assert two.is_clear


def test_one_seed_has_no_band_and_none_has_no_mean() -> None:
    one = estimate([1.5, math.nan])
    assert one is not None
    assert (one.mean, one.half_width, one.number, one.is_clear) == (1.5, None, 1, False)
    assert estimate([math.inf]) is None


def test_differences_are_taken_seed_by_seed() -> None:
    # -0.1, -0.2, -0.3 though both vary by whole units; seed 9 has no partner
    base = {0: 1.0, 1: 2.0, 2: 3.0, 9: 70.0}
    found = paired_difference({0: 0.9, 1: 1.8, 2: 2.7}, base)
    assert found is not None
    assert found.mean == pytest.approx(-0.2)
    assert found.half_width == pytest.approx(0.24843, abs=1e-5)
    assert not found.is_clear
    close = paired_difference({0: 0.9, 1: 1.9, 2: 2.9}, base)
    assert close is not None
    assert close.is_clear
    assert paired_difference({5: 1.0}, base) is None


def test_t_is_that_of_the_table() -> None:
    assert [student_t(n) for n in (1, 4, 30, 500)] == [12.706, 2.776, 2.042, 1.960]


def test_fluctuation_is_what_a_line_leaves_over_in_the_second_half() -> None:
    # second half: steps 5..8, losses 4, 3, 2, 1 is a line, so nothing is left
    steps = np.arange(1.0, 9.0)
    line = np.array([9.0, 70.0, -3.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert fluctuation(steps, line) == pytest.approx(0, abs=1e-12)
    # +a, -a, -a, +a on top of it is orthogonal to any line: the root mean square is a
    bent = line + np.array([0, 0, 0, 0, 0.5, -0.5, -0.5, 0.5])
    assert fluctuation(steps, bent) == pytest.approx(0.5)
    holed = np.append(bent, np.nan)
    assert fluctuation(np.append(steps, 8.0), holed) == pytest.approx(0.5)
    assert fluctuation(np.arange(1.0, 4.0), np.ones(3)) is None
    assert fluctuation(np.array([]), np.array([])) is None


def test_spikes_are_judged_by_the_losses_before_them() -> None:
    # a constant 2: the deviation counts as 0.02, so the limit is 2.12
    calm = [2.0] * 64
    assert num_spikes(np.array([*calm, 2.1])) == 0
    assert num_spikes(np.array([*calm, 2.13])) == 1
    assert num_spikes(np.array([2.0] * 63 + [9.0])) == 0, "none is judged before 64 are known"
    assert num_spikes(np.array([*calm, math.nan, 9.0, 9.0])) == 3
    assert num_spikes(np.array([math.nan, math.inf])) == 2
