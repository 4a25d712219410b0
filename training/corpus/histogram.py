"""How a signal is spread over the documents: counts in equal bins, on a linear or a log scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NUM_BINS = 48
#: Above this ratio of largest to middle value a linear scale would show one bar.
_LOG_RATIO = 20.0


@dataclass(frozen=True)
class Histogram:
    """``edges`` has one more than ``counts``; on a log scale they are equal in log(1 + value)."""

    scale: str
    edges: list[float]
    counts: list[int]


def histogram(values: npt.NDArray[np.generic]) -> Histogram:
    """Of values that are not negative; those that are no number are left out."""
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return Histogram("linear", [0.0, 1.0], [0])
    high = float(numbers.max())
    is_log = high > 1 and high > _LOG_RATIO * max(1.0, float(np.median(numbers)))
    if is_log:
        scaled, top = np.log1p(numbers), float(np.log1p(high))
    else:
        scaled, top = numbers, high if high > 1 else 1.0
    counts, edges = np.histogram(scaled, bins=NUM_BINS, range=(0.0, top or 1.0))
    shown = np.expm1(edges) if is_log else edges
    return Histogram("log" if is_log else "linear", shown.tolist(), counts.tolist())
