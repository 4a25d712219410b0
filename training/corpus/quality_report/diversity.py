"""How rich the words of a text are, at fixed sizes, so that a large source and a small one compare.

The documents follow in the random order of the sample. Every figure but the growth is of the first
`FIXED_WORDS` words, and is not given where there are fewer: all of them move with the size.
"""

from __future__ import annotations

import math
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from training.corpus.quality_report.reading import Streams
from training.corpus.quality_report.statistics import entropy_bits
from training.corpus.signals.batch import Int64

UInt64 = npt.NDArray[np.uint64]

FIXED_WORDS = 50_000
WINDOW_WORDS = 1_000
#: The growth ends here: beyond it, a sample tells nothing that its curve does not.
MOST_WORDS = 5_000_000
_LEAST_POINT = 100
_LEAST_FITTED = 1_000
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


class Growth(TypedDict):
    """Distinct words among the first so many; ``beta`` and ``k`` of Heaps' law k * words^beta."""

    words: list[int]
    distinct: list[int]
    beta: float | None
    k: float | None


class Diversity(TypedDict):
    """Figures of one population; None where it has fewer than the words they need."""

    growth: Growth
    num_words: int
    type_token: float | None
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    entropy_bits: float | None


def diversity_of(words: Streams, rows: Int64) -> Diversity:
    """Of the documents ``rows`` of the sample, in this order."""
    stream, documents = _stream(words, rows)
    fixed, of_document = stream[:FIXED_WORDS], documents[:FIXED_WORDS]
    is_enough = len(fixed) == FIXED_WORDS
    return {
        "growth": growth_of(stream),
        "num_words": len(stream),
        "type_token": windowed_type_token(stream),
        "distinct_1": distinct_share(fixed, of_document, 1) if is_enough else None,
        "distinct_2": distinct_share(fixed, of_document, 2) if is_enough else None,
        "distinct_3": distinct_share(fixed, of_document, 3) if is_enough else None,
        "entropy_bits": entropy_bits(np.unique(fixed, return_counts=True)[1])
        if is_enough
        else None,
    }


def growth_of(stream: UInt64) -> Growth:
    """Distinct words at 1, 2 and 5 times the powers of ten, and at the end; the fit of Heaps' law.

    Fitted by least squares on logarithms, over points of 1,000 words and more; without three of
    them there is no fit.
    """
    points = [
        factor * 10**power
        for power in range(2, 8)
        for factor in (1, 2, 5)
        if _LEAST_POINT <= factor * 10**power < len(stream)
    ]
    points = [*points, len(stream)] if len(stream) else []
    first = np.sort(np.unique(stream, return_index=True)[1])
    distinct = np.searchsorted(first, points).tolist()
    fitted = [
        (math.log(point), math.log(number))
        for point, number in zip(points, distinct, strict=True)
        if point >= _LEAST_FITTED
    ]
    beta = k = None
    if len(fitted) >= 3:
        x, y = np.array(fitted).T
        beta = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
        k = float(math.exp(y.mean() - beta * x.mean()))
    return {"words": points, "distinct": distinct, "beta": beta, "k": k}


def windowed_type_token(stream: UInt64) -> float | None:
    """Distinct words over words: the mean of at most 1,000 windows of 1,000 words each."""
    num_windows = min(len(stream) // WINDOW_WORDS, 1_000)
    if not num_windows:
        return None
    windows = np.sort(stream[: num_windows * WINDOW_WORDS].reshape(num_windows, WINDOW_WORDS))
    distinct = 1 + (windows[:, 1:] != windows[:, :-1]).sum(axis=1)
    return float(distinct.mean() / WINDOW_WORDS)


def distinct_share(stream: UInt64, documents: Int64, size: int) -> float | None:
    """Distinct n-grams over n-grams; none reaches over the end of a document (Li et al. 2016)."""
    count = len(stream) - size + 1
    if count < 1:
        return None
    grams = stream[:count].copy()
    for place in range(1, size):
        grams = grams * _FACTORS[place - 1] ^ stream[place : place + count]
    is_within = documents[:count] == documents[size - 1 :]
    grams = grams[is_within]
    return len(np.unique(grams)) / len(grams) if len(grams) else None


def _stream(words: Streams, rows: Int64) -> tuple[UInt64, Int64]:
    """(words of the documents one after another, the document of each), up to the most."""
    sizes = np.diff(words.bounds)[rows]
    used = int(np.searchsorted(np.cumsum(sizes), MOST_WORDS)) + 1
    rows, sizes = rows[:used], sizes[:used]
    parts = [words.of(row) for row in rows.tolist()]
    stream = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
    documents = np.repeat(np.arange(len(rows)), sizes)
    return stream[:MOST_WORDS], documents[:MOST_WORDS]
