"""Chooses the strength of the penalty: fit on four fifths, look at the fifth, fit on everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.classifiers.linear import Features, Float64, Linear, Loss, fit

Int64 = npt.NDArray[np.int64]

#: Tried from strong to weak, in parts of the mean squared size of a row.
_STRENGTHS = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001)
_PARTS = 5


@dataclass(frozen=True)
class Fitted:
    """The model, the penalty chosen, and the mean loss on the fifth for each that was tried."""

    linear: Linear
    l2: float
    tried: dict[str, float]


def fit_best(
    features: Features,
    of_rows: Callable[[Int64], Features],
    targets: Float64,
    loss: Loss,
    check: Callable[[], None] = lambda: None,
) -> Fitted:
    """Fit ``features`` to ``targets``; ``of_rows(rows)`` gives some of the rows.

    Every fifth row, in the order of the target, is looked at: each part has all kinds of rows.
    """
    order = np.argsort(targets, kind="stable")
    is_apart = np.zeros(len(targets), dtype=bool)
    is_apart[order[_PARTS // 2 :: _PARTS]] = True
    learnt, apart = np.flatnonzero(~is_apart), np.flatnonzero(is_apart)
    inside, outside = of_rows(learnt), of_rows(apart)
    scale = _mean_square(features)
    best, best_loss, tried, start = _STRENGTHS[0], np.inf, {}, None
    for strength in _STRENGTHS:
        start = fit(inside, targets[learnt], loss, strength * scale, start, check)
        scores = outside.times(start.weights) + start.bias
        tried[f"{strength:g}"] = found = float(loss.value(scores, targets[apart]).mean())
        if found < best_loss:
            best, best_loss = strength, found
        elif found > 1.2 * best_loss:
            break
    return Fitted(fit(features, targets, loss, best * scale, start, check), best * scale, tried)


def _mean_square(features: Features) -> float:
    """Mean |x|^2, by a vector of signs that the same seed always gives (Hutchinson 1990)."""
    signs = np.random.default_rng(0).choice(np.array([-1.0, 1.0]), features.num_features)
    return max(float((features.times(signs) ** 2).mean()), 1e-12)
