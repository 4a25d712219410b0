"""The light classifier: a linear model on hashed runs of words, scored by a mean of weights.

A text's score is the mean weight of its runs, so it does not grow with the length, and a text
written twice scores as once. Before fitting, each feature is multiplied by log(rows / rows with
it), as in tf-idf; the factor is multiplied into the weights, so scoring is one look-up for each run
of words (Joulin 2017 has the same sum, learnt by steps instead).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from training.corpus.classifiers.fitting import Fitted, fit_best
from training.corpus.classifiers.linear import Float64, Loss
from training.corpus.pii.redact import redact
from training.corpus.signals.batch import TextBatch
from training.errors import DataError

WEIGHTS_FILE = "weights.npy"
Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class HashedFeatures:
    """[rows, features]: each one's share of a row's runs, times its factor.

    ``used`` are the buckets that have a factor; only these are features, and ``places`` holds their
    numbers, one row after another. ``shares`` are 1 by all runs of a row.
    """

    places: Int32
    bounds: Int64
    shares: Float64
    factors: Float64
    used: Int64

    @property
    def num_features(self) -> int:
        """Buckets that are used."""
        return len(self.used)

    def times(self, values: Float64) -> Float64:
        """X v."""
        from training.corpus.classifiers import feature_kernels

        return np.asarray(
            feature_kernels.times(self.places, self.bounds, self.shares, values * self.factors)
        )

    def transposed_times(self, values: Float64) -> Float64:
        """X' v."""
        from training.corpus.classifiers import feature_kernels

        sums = feature_kernels.transposed_times(
            self.places, self.bounds, self.shares, values, self.num_features
        )
        return np.asarray(sums * self.factors)

    def of_rows(self, rows: Int64) -> HashedFeatures:
        """Some of the rows, with the same factors."""
        from training.corpus.classifiers import feature_kernels

        bounds = np.concatenate([[0], np.cumsum(np.diff(self.bounds)[rows])])
        taken = np.empty(bounds[-1], dtype=np.int32)
        feature_kernels.take_rows(self.places, self.bounds, rows, taken)
        return replace(self, places=taken, bounds=bounds, shares=self.shares[rows])


@dataclass(frozen=True)
class HashedModel:
    """``weights`` [2^bits] float32 hold the factors already."""

    weights: npt.NDArray[np.float32]
    bias: float
    ngrams: int

    @property
    def shift(self) -> np.uint64:
        """How far a 64-bit hash is moved to be a bucket."""
        return np.uint64(64 - (len(self.weights).bit_length() - 1))

    @classmethod
    def open(cls, folder: Path, bias: float, ngrams: int) -> Self:
        """Map the weights; DataError when they are not there or of no use."""
        try:
            weights = np.load(folder / WEIGHTS_FILE, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DataError(
                f"The weights of the classifier {folder.parent.name} cannot be read: {error}.",
                advice="Fit it again.",
            ) from error
        # Mapped pages of random access are slower than 4 MB in memory.
        return cls(np.array(weights), bias, ngrams)

    def save(self, folder: Path) -> None:
        """Write the weights."""
        np.save(folder / WEIGHTS_FILE, self.weights)

    def score(self, batch: TextBatch) -> Float64:
        """[texts] linear scores; the intercept alone for a text without a word."""
        from training.corpus.classifiers import feature_kernels

        words = batch.words
        means: Float64 = feature_kernels.weighted_means(
            words.hashes, words.offsets, self.weights, self.ngrams, self.shift
        )
        return means + self.bias


def features_of(texts: Sequence[str], ngrams: int, bits: int, min_rows: int) -> HashedFeatures:
    """Features of all texts; the factors are those of these texts."""
    from training.corpus.classifiers import feature_kernels

    words = TextBatch.of(texts).words
    room = len(words.hashes) * ngrams
    buckets = np.empty(room, dtype=np.int32)
    shift = np.uint64(64 - bits)
    bounds = feature_kernels.place_buckets(words.hashes, words.offsets, ngrams, shift, buckets)
    buckets = buckets[: bounds[-1]]
    counts = feature_kernels.texts_per_bucket(buckets, bounds, 1 << bits)
    used = np.flatnonzero((counts >= min_rows) & (counts < len(texts)))
    numbers = np.full(1 << bits, -1, dtype=np.int32)
    numbers[used] = np.arange(len(used))
    shares = 1.0 / np.maximum(np.diff(bounds), 1)
    bounds = feature_kernels.renumber(buckets, bounds, numbers)
    return HashedFeatures(
        places=buckets[: bounds[-1]],
        bounds=bounds,
        shares=shares,
        factors=np.log(len(texts) / counts[used]),
        used=used,
    )


def fit_hashed(
    texts: Sequence[str], targets: Float64, loss: Loss, ngrams: int, bits: int, min_rows: int,
    check: Callable[[], None] = lambda: None,
) -> tuple[HashedModel, Fitted]:  # fmt: skip
    """Learn from these texts; the strength of the penalty is chosen on a fifth of them."""
    features = features_of(texts, ngrams, bits, min_rows)
    if not features.num_features:
        raise DataError(
            f"No word is in {min_rows} of the rows without being in all: none has a weight.",
            advice="Lower hashed.min_rows, or give more rows.",
        )
    fitted = fit_best(features, features.of_rows, targets, loss, check)
    weights = np.zeros(1 << bits, dtype=np.float32)
    weights[features.used] = fitted.linear.weights * features.factors
    return HashedModel(weights, fitted.linear.bias, ngrams), fitted


def telling_runs(
    model: HashedModel, texts: Sequence[str], num: int = 20
) -> dict[str, list[tuple[str, float]]]:
    """The runs of words that move these texts most: {"up": [(run, weight)], "down": ...}.

    By weight times the share of the texts' runs; spelt as where they first stand.
    """
    from training.corpus.classifiers import feature_kernels
    from training.corpus.places import words as cut

    words = TextBatch.of(texts).words
    size = len(model.weights)
    room = np.empty(len(words.hashes) * model.ngrams, dtype=np.int32)
    bounds = feature_kernels.place_buckets(
        words.hashes, words.offsets, model.ngrams, model.shift, room
    )
    ones, shares = np.ones(len(texts)), 1.0 / np.maximum(np.diff(bounds), 1)
    sums = feature_kernels.transposed_times(room[: bounds[-1]], bounds, shares, ones, size)
    pull = sums * model.weights
    order = np.argsort(pull, kind="stable")
    sides = {
        "up": [int(one) for one in order[::-1][:num] if pull[one] > 0],
        "down": [int(one) for one in order[:num] if pull[one] < 0],
    }
    is_wanted = np.zeros(size, dtype=np.bool_)
    is_wanted[[*sides["up"], *sides["down"]]] = True
    found = np.zeros((2 * num, 4), dtype=np.int64)
    count = feature_kernels.first_runs(
        words.hashes, words.offsets, model.ngrams, model.shift, is_wanted, found
    )
    spelt = {}
    for bucket, text, first, length in found[:count].tolist():
        spelt[bucket] = _spelt(texts[text], cut(texts[text])[first : first + length])
    return {
        side: [(spelt[one], round(float(model.weights[one]), 4)) for one in buckets]
        for side, buckets in sides.items()
    }


def _spelt(text: str, run: Sequence[tuple[int, int, str]]) -> str:
    """A run of words as people read it; personal data as its placeholder, for a page shows it."""
    masked = redact(text)
    start, stop = run[0][0], run[-1][1]
    if not any(found.start < stop and start < found.stop for found in masked.findings):
        return " ".join(word for _, _, word in run)
    ((first, last),) = masked.moved([(start, stop)])
    return masked.text[first:last]
