"""Curves of a run as arrays: their x on the chosen axis, and debiased exponential smoothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from webapp.runs.chart_table import TOKENS
from webapp.runs.live.messages import Curve

Floats = npt.NDArray[np.float64]
Curves = Mapping[str, Curve]


def floats(values: Any) -> Floats:
    """JSON values back to numbers: float() reads "NaN" and "Infinity"."""
    return np.asarray([float(value) for value in values], dtype=np.float64)


def x_of(curve: Curve, curves: Curves, axis: str) -> Floats:
    """The steps, tokens read off the token curve, minutes since the first point, or unix time."""
    steps = np.asarray(curve["x"], dtype=np.float64)
    if axis == "tokens":
        return tokens_at(steps, curves)
    if axis == "wall":
        return np.asarray(curve["time"], dtype=np.float64)
    if axis == "time":
        return (np.asarray(curve["time"], dtype=np.float64) - started_at(curves)) / 60
    return steps


def started_at(curves: Curves) -> float:
    """Unix time of the first point of all."""
    return min((other["time"][0] for other in curves.values() if other["time"]), default=0.0)


def tokens_at(steps: Floats, curves: Curves) -> Floats:
    """Straight lines between the points of the token series; the steps where there is none."""
    tokens = curves.get(TOKENS)
    if not tokens or not tokens["x"]:
        return steps
    known = np.concatenate([[0.0], np.asarray(tokens["x"], dtype=np.float64)])
    seen = np.concatenate([[0.0], floats(tokens["last"])])
    return np.interp(steps, known, seen)


def places_of(steps: Floats, curves: Curves, axis: str) -> Floats:
    """x of any steps; times lie on straight lines between the points of the longest curve."""
    if axis == "tokens":
        return tokens_at(steps, curves)
    longest = max(curves.values(), key=lambda curve: len(curve["x"]), default=None)
    if axis == "step" or longest is None or not longest["x"]:
        return steps
    return np.interp(steps, longest["x"], x_of(longest, curves, axis))


def smoothed(values: Floats, weight: float) -> Floats:
    """Exponential moving average, debiased: divided by 1 - weight^n after n finite values.

    What is not finite stays as it is and is not counted (as TensorBoard does).
    """
    if not weight:
        return values
    result, mean = values.copy(), 0.0
    for count, place in enumerate(np.flatnonzero(np.isfinite(values)), start=1):
        mean = weight * mean + (1 - weight) * float(values[place])
        result[place] = mean / (1 - weight**count)
    return result


def steps_within(curves: Curves, axis: str, zoom: tuple[float, float]) -> tuple[int, int]:
    """The steps whose x lies in ``zoom``, one bucket more at either end; (0, 0) without points."""
    longest = max(curves.values(), key=lambda curve: len(curve["x"]), default=None)
    if longest is None or not longest["x"]:
        return 0, 0
    x = x_of(longest, curves, axis)
    first = max(0, int(np.searchsorted(x, zoom[0])) - 1)
    last = min(len(x) - 1, int(np.searchsorted(x, zoom[1])))
    return int(longest["x"][first]), int(longest["x"][last])
