"""Figures of an evaluation against hand-made rows."""

from __future__ import annotations

import numpy as np
import pytest

from training.corpus.classifiers.evaluation import auc, evaluate_classes, evaluate_scores


def test_scores_by_hand():
    labels = np.array([0.0, 1, 2, 3, 4, 5])
    predicted = np.array([0.4, 1.0, 1.4, 3.0, 4.6, 4.0])
    told = evaluate_scores(predicted, labels, cut=2)
    assert told["mean_absolute_error"] == pytest.approx((0.4 + 0 + 0.6 + 0 + 0.6 + 1) / 6, abs=1e-4)
    assert told["confusion"][2] == [0, 1, 0, 0, 0, 0]
    assert told["confusion"][4] == [0, 0, 0, 0, 0, 1]
    # Of four good rows three are taken, and no bad one.
    assert (told["precision"], told["recall"]) == (1.0, 0.75)
    assert told["f1"] == pytest.approx(2 * 0.75 / 1.75, abs=1e-4)
    assert told["auc"] == 1.0
    assert np.sum(told["confusion"]) == 6


def test_classes_by_hand():
    told = evaluate_classes(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False]))
    assert told["confusion"] == [[1, 1], [1, 1]]
    assert told["auc"] == 0.75
    assert told["accuracy"] == told["accuracy_of_the_larger_class"] == 0.5


@pytest.mark.parametrize(("predicted", "positive", "wanted"), [
    ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
    ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
    ([1, 1, 1, 1], [0, 1, 0, 1], 0.5),
    ([1, 2], [1, 1], None),
])  # fmt: skip
def test_auc(predicted, positive, wanted):
    assert auc(np.array(predicted, dtype=float), np.array(positive, dtype=bool)) == wanted


def test_rows_of_one_kind_have_no_auc_and_no_figure_that_is_no_number():
    told = evaluate_scores(np.ones(3), np.ones(3), cut=2)
    assert told["auc"] is None
    assert told["correlation"] is None
    assert (told["precision"], told["recall"], told["f1"]) == (None, None, None)
