"""The numbers of a verdict, each by its definition here; docs/ablations.md repeats them in words.

* **Noise band**: the 95 % interval of a mean over n seeds by Student's t: t s / sqrt(n), s with
  n - 1 below (Student 1908).
* **Difference**: runs of the same seed read the same batches in the same order, so losses are
  subtracted seed by seed, and the interval is that of the mean of these differences.
* **Fluctuation**: root mean square of what a least-squares straight line through the training loss
  of the second half of the steps leaves over.
* **Spike**: a training loss that is not finite, or lies 6 standard deviations above the mean of the
  128 before it (the deviation at least 1 % of the mean; none is judged before 64 are known; a spike
  enters the window cut off at the limit). It is the rule by which the loop skips steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SPIKE_SIGMA, SPIKE_WINDOW = 6.0, 128
_LEAST_RELATIVE_DEVIATION = 0.01
#: Fewer points than this have no line to leave anything over from.
_FEWEST_POINTS = 3

#: Two-sided 95 % of Student's t, by degrees of freedom 1 to 30; beyond, the normal's is close.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL95 = 1.960


@dataclass(frozen=True)
class Estimate:
    """A mean over ``number`` seeds and the half of its 95 % interval; None for one seed."""

    mean: float
    half_width: float | None
    number: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.half_width is not None and abs(self.mean) > self.half_width


def estimate(values: Sequence[float]) -> Estimate | None:
    """The mean of finite values with its noise band; None without any."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return None
    mean = math.fsum(finite) / len(finite)
    if len(finite) == 1:
        return Estimate(mean, None, 1)
    variance = math.fsum((value - mean) ** 2 for value in finite) / (len(finite) - 1)
    half = student_t(len(finite) - 1) * math.sqrt(variance / len(finite))
    return Estimate(mean, half, len(finite))


def paired_difference(of: Mapping[int, float], against: Mapping[int, float]) -> Estimate | None:
    """Of {seed: value} less the other, over the seeds that both have; None without any."""
    return estimate([of[seed] - against[seed] for seed in of if seed in against])


def student_t(degrees: int) -> float:
    """Two-sided 95 % quantile."""
    return _T95[degrees - 1] if degrees <= len(_T95) else _NORMAL95


def fluctuation(steps: Floats, losses: Floats) -> float | None:
    """Of the second half of the steps; None for fewer than three finite points there."""
    if not len(steps):
        return None
    is_late = (steps > steps[-1] / 2) & np.isfinite(losses)
    x, y = steps[is_late], losses[is_late]
    if len(x) < _FEWEST_POINTS:
        return None
    slope, level = np.polyfit(x - x.mean(), y, 1)
    left = y - (slope * (x - x.mean()) + level)
    return float(np.sqrt(np.mean(left**2)))


def num_spikes(losses: Floats) -> int:
    """How many of a run's training losses are spikes, in their order."""
    window: list[float] = []
    number = 0
    for loss in losses.tolist():
        limit = _limit(window)
        number += not (math.isfinite(loss) and loss <= limit)
        if math.isfinite(loss):
            window = [*window[1 - SPIKE_WINDOW :], min(loss, limit)]
    return number


def _limit(window: Sequence[float]) -> float:
    if 2 * len(window) < SPIKE_WINDOW:
        return math.inf
    values = np.asarray(window)
    mean = float(values.mean())
    deviation = max(float(values.std()), _LEAST_RELATIVE_DEVIATION * abs(mean))
    return mean + SPIKE_SIGMA * deviation
