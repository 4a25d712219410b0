"""Numbers with their standard errors: ratios of sums over a random sample, means, percentiles.

A ratio is that of all the sampled text, not a mean over documents, so that a long document counts
for its length. Its error is the linearised one of Cochran, Sampling Techniques, chapter 6, with
the correction for finite populations: nothing is uncertain when every document was read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
PERCENTILES = (5, 25, 50, 75, 95)


class Estimate(TypedDict):
    """A measured value; ``error`` is one standard error, None where one document is all."""

    value: float | None
    error: float | None


class Histogram(TypedDict):
    """Documents between neighbouring ``edges``; the last bin has its upper edge in it."""

    edges: list[float]
    counts: list[int]


NOT_MEASURED: Estimate = {"value": None, "error": None}


def ratio(part: Numbers, whole: Numbers, population: int) -> Estimate:
    """sum(part) / sum(whole) over the sampled documents [n] of ``population`` many."""
    total = float(whole.sum())
    if not total:
        return NOT_MEASURED
    value = float(part.sum()) / total
    n = len(whole)
    if n >= population:
        return {"value": value, "error": 0.0}
    if n < 2:
        return {"value": value, "error": None}
    residuals = part - value * whole
    variance = float((residuals**2).sum()) * n / (n - 1) * (1 - n / population)
    return {"value": value, "error": math.sqrt(variance) / total}


def mean(values: Numbers, population: int) -> Estimate:
    """The mean over documents; a share when the values are true and false."""
    return ratio(values.astype(np.float64), np.ones(len(values)), population)


def percentiles(values: Numbers) -> dict[str, float] | None:
    """Those of ``PERCENTILES`` and the mean; None without values."""
    if not len(values):
        return None
    found = np.percentile(values, PERCENTILES)
    named = {f"p{p}": float(value) for p, value in zip(PERCENTILES, found, strict=True)}
    return {**named, "mean": float(values.mean())}


def histogram(values: Numbers, edges: Sequence[float]) -> Histogram:
    """Documents per bin; what lies outside is in the first or the last one."""
    within = np.clip(values, edges[0], edges[-1])
    counts, _ = np.histogram(within, bins=np.asarray(edges, dtype=np.float64))
    return {"edges": [float(edge) for edge in edges], "counts": counts.tolist()}


def entropy_bits(counts: Numbers) -> float:
    """Shannon entropy of a distribution given by counts."""
    total = float(counts.sum())
    shares = counts[counts > 0] / total if total else counts[:0]
    return float(-(shares * np.log2(shares)).sum()) + 0.0
