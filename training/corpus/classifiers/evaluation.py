"""What a classifier is worth on rows that it never saw: plain data for ``evaluation.json``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.classifiers.linear import Float64

TOP_SCORE = 5
Mask = npt.NDArray[np.bool_]

#: Thresholds of a probability that are told.
_PROBABILITIES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_SCORES = tuple(half / 2 for half in range(1, 2 * TOP_SCORE + 1))


def evaluate_scores(predicted: Float64, labels: Float64, cut: float) -> dict[str, Any]:
    """Of numbers from 0 to 5. ``confusion[label][prediction]``, both rounded to whole numbers."""
    errors = predicted - labels
    rounded = np.rint(np.clip(predicted, 0, TOP_SCORE)).astype(int)
    confusion = np.zeros((TOP_SCORE + 1, TOP_SCORE + 1), dtype=int)
    np.add.at(confusion, (np.rint(labels).astype(int), rounded), 1)
    is_good = labels >= cut
    return {
        "target": "score",
        "rows": len(labels),
        "mean_absolute_error": _short(np.abs(errors).mean()),
        "root_mean_square_error": _short(np.sqrt((errors**2).mean())),
        #: What always answering the middle label would be off by.
        "error_of_the_median": _short(np.abs(labels - np.median(labels)).mean()),
        "correlation": _short(_correlation(predicted, labels)),
        "confusion": confusion.tolist(),
        "auc": _short(auc(predicted, is_good)),
        "thresholds": [_at(value, predicted, is_good) for value in _SCORES],
        **_at(cut, predicted, is_good, name="cut"),
    }


def evaluate_classes(predicted: Float64, is_positive: Mask) -> dict[str, Any]:
    """Of probabilities. ``confusion[is positive][predicted so at 0.5]``."""
    taken = predicted >= 0.5
    confusion = [
        [int((~is_positive & ~taken).sum()), int((~is_positive & taken).sum())],
        [int((is_positive & ~taken).sum()), int((is_positive & taken).sum())],
    ]
    return {
        "target": "class",
        "rows": len(predicted),
        "positive_rows": int(is_positive.sum()),
        "accuracy": _short((taken == is_positive).mean()),
        #: What always answering the larger class would reach.
        "accuracy_of_the_larger_class": _short(max(is_positive.mean(), 1 - is_positive.mean())),
        "confusion": confusion,
        "auc": _short(auc(predicted, is_positive)),
        "thresholds": [_at(value, predicted, is_positive) for value in _PROBABILITIES],
        **_at(0.5, predicted, is_positive, name="cut"),
    }


def auc(predicted: Float64, is_positive: Mask) -> float | None:
    """The chance that a positive row is above a negative one, ties half; None without both."""
    num_positive = int(is_positive.sum())
    num_negative = len(is_positive) - num_positive
    if not num_positive or not num_negative:
        return None
    _, places, counts = np.unique(predicted, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    above = float(ranks[places][is_positive].sum()) - num_positive * (num_positive + 1) / 2
    return above / (num_positive * num_negative)


def _at(
    cut: float, predicted: Float64, is_positive: Mask, name: str = "at_least"
) -> dict[str, float | None]:
    """Precision, recall and F1 of "at least ``cut``", and the share of rows that reach it."""
    taken = predicted >= cut
    right = int((taken & is_positive).sum())
    precision = right / int(taken.sum()) if taken.any() else None
    recall = right / int(is_positive.sum()) if is_positive.any() else None
    both = int(taken.sum()) + int(is_positive.sum())
    return {
        name: cut,
        "share": _short(taken.mean()),
        "precision": _short(precision),
        "recall": _short(recall),
        "f1": _short(2 * right / both if both else None),
    }


def _correlation(predicted: Float64, labels: Float64) -> float | None:
    if predicted.std() == 0 or labels.std() == 0:
        return None
    return float(np.corrcoef(predicted, labels)[0, 1])


def _short(value: Any) -> float | None:
    return None if value is None else round(float(value), 4)
