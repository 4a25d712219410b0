"""Linear models fitted to their optimum: ridge regression and logistic regression, one solver.

Minimised is mean loss + l2 / 2 * |w|^2, the intercept free of penalty, by Newton's method with
conjugate gradients (Lin, Weng and Keerthi 2008, without a trust region: steps are halved until the
loss falls). Nothing is random, so equal rows give equal weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_MOST_NEWTON = 30
_MOST_GRADIENTS = 60
_MOST_HALVINGS = 20
_CLOSE = 1e-4
_ENOUGH = 1e-7


class Features(Protocol):
    """A matrix [rows, features] by what it does to vectors."""

    @property
    def num_features(self) -> int:
        """Columns."""

    def times(self, values: Float64) -> Float64:
        """X v, [rows]."""

    def transposed_times(self, values: Float64) -> Float64:
        """X' v, [features]."""


@dataclass(frozen=True)
class Dense:
    """An array [rows, features]."""

    rows: Float64

    @property
    def num_features(self) -> int:
        """Its width."""
        return int(self.rows.shape[1])

    def times(self, values: Float64) -> Float64:
        """X v."""
        return np.asarray(self.rows @ values)

    def transposed_times(self, values: Float64) -> Float64:
        """X' v."""
        return np.asarray(self.rows.T @ values)


@dataclass(frozen=True)
class Linear:
    """score = features . weights + bias; of a class, before the logistic function."""

    weights: Float64
    bias: float


@dataclass(frozen=True)
class Loss:
    """Per row: value, slope and curvature in the linear score, at [rows] scores and targets."""

    value: Callable[[Float64, Float64], Float64]
    slope: Callable[[Float64, Float64], Float64]
    curvature: Callable[[Float64, Float64], Float64]
    #: Of the mean target: the best score without any feature.
    link: Callable[[float], float]


def logistic(scores: Float64) -> Float64:
    """1 / (1 + exp(-score)), without overflow."""
    result: Float64 = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, dtype=np.float64)))
    return result


def _log_loss(scores: Float64, targets: Float64) -> Float64:
    return np.asarray(np.logaddexp(0.0, scores) - targets * scores)


def _weight(scores: Float64, targets: Float64) -> Float64:
    shares = logistic(scores)
    return np.maximum(shares * (1.0 - shares), 1e-6)


#: Targets are numbers.
SQUARED = Loss(
    value=lambda scores, targets: 0.5 * (scores - targets) ** 2,
    slope=lambda scores, targets: scores - targets,
    curvature=lambda scores, targets: np.ones_like(scores),
    link=lambda mean: mean,
)
#: Targets are 0 or 1.
LOGISTIC = Loss(
    value=_log_loss,
    slope=lambda scores, targets: logistic(scores) - targets,
    curvature=_weight,
    link=lambda mean: float(np.log(mean / (1.0 - mean))),
)


def fit(
    features: Features,
    targets: Float64,
    loss: Loss,
    l2: float,
    start: Linear | None = None,
    check: Callable[[], None] = lambda: None,
) -> Linear:
    """The minimum; ``start`` is where to begin, ``check`` is called every pass."""
    weights = np.zeros(features.num_features) if start is None else start.weights.copy()
    bias = loss.link(float(targets.mean())) if start is None else start.bias
    scores = features.times(weights) + bias
    now = _objective(loss, scores, targets, weights, l2)
    for _ in range(_MOST_NEWTON):
        check()
        slope = loss.slope(scores, targets) / len(targets)
        curvature = loss.curvature(scores, targets) / len(targets)
        gradient = features.transposed_times(slope) + l2 * weights
        step, bias_step = _newton_step(features, curvature, gradient, float(slope.sum()), l2, check)
        moved = features.times(step) + bias_step
        size = 1.0
        for _ in range(_MOST_HALVINGS):
            later = _objective(loss, scores + size * moved, targets, weights + size * step, l2)
            if later <= now:
                break
            size /= 2
        else:
            break
        weights, bias, scores = (
            weights + size * step,
            bias + size * bias_step,
            scores + size * moved,
        )
        gained, now = now - later, later
        if gained <= _ENOUGH * max(abs(now), 1e-12):
            break
    return Linear(weights, float(bias))


def _objective(loss: Loss, scores: Float64, targets: Float64, weights: Float64, l2: float) -> float:
    return float(loss.value(scores, targets).mean() + 0.5 * l2 * (weights @ weights))


def _newton_step(
    features: Features, curvature: Float64, gradient: Float64, bias_gradient: float, l2: float,
    check: Callable[[], None],
) -> tuple[Float64, float]:  # fmt: skip
    """-H^-1 g by conjugate gradients, weights and intercept together."""
    step, bias_step = np.zeros_like(gradient), 0.0
    left, bias_left = -gradient, -bias_gradient
    along, bias_along = left.copy(), bias_left
    size = float(left @ left + bias_left**2)
    enough = _CLOSE**2 * size
    for _ in range(_MOST_GRADIENTS):
        if size <= enough or size == 0.0:
            break
        check()
        pulled = curvature * (features.times(along) + bias_along)
        image = features.transposed_times(pulled) + l2 * along
        bias_image = float(pulled.sum())
        length = size / float(along @ image + bias_along * bias_image)
        step, bias_step = step + length * along, bias_step + length * bias_along
        left, bias_left = left - length * image, bias_left - length * bias_image
        size, before = float(left @ left + bias_left**2), size
        along, bias_along = left + size / before * along, bias_left + size / before * bias_along
    return step, bias_step
