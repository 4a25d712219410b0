"""The area from added-up counts is the share of pairs in the right order."""

from __future__ import annotations

import numpy as np
import pytest

from training.objectives.auc import auc, count_scores


def by_pairs(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Every positive against every negative; a tie is half."""
    above = scores[is_positive][:, None] - scores[~is_positive][None]
    return float(((above > 0) + (above == 0) / 2).mean())


@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0])
def test_the_area_is_the_share_of_pairs_in_order(scale: float) -> None:
    random = np.random.default_rng(0)
    is_positive = random.random(3000) < 0.1
    scores = (random.normal(size=3000) + 0.7 * is_positive).astype(np.float32) * scale
    halves = scores.astype(np.float16).astype(np.float64)
    counted = auc(count_scores(scores, is_positive))
    assert counted == pytest.approx(by_pairs(halves, is_positive), abs=1e-12)
    assert counted == pytest.approx(by_pairs(scores, is_positive), abs=1e-3)


def test_counts_of_two_halves_add_up() -> None:
    random = np.random.default_rng(1)
    scores, is_positive = random.normal(size=100).astype(np.float32), random.random(100) < 0.5
    halves = [count_scores(scores[part], is_positive[part]) for part in (slice(50), slice(50, 100))]
    assert np.array_equal(halves[0] + halves[1], count_scores(scores, is_positive))


@pytest.mark.parametrize(
    ("scores", "is_positive", "wanted"),
    [
        ([-1.0, 2.0], [False, True], 1.0),
        ([2.0, -1.0], [False, True], 0.0),
        ([0.0, -0.0], [False, True], 0.5),
        ([1e9, -1e9], [True, False], 1.0),
        ([1.0, 2.0], [True, True], 0.5),
        ([], [], 0.5),
    ],
    ids=["right", "wrong", "both zeros", "beyond half precision", "no negatives", "nothing"],
)
def test_areas_by_hand(scores: list[float], is_positive: list[bool], wanted: float) -> None:
    counted = count_scores(np.array(scores, np.float32), np.array(is_positive, np.bool_))
    assert auc(counted) == wanted
