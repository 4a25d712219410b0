"""The solver against closed forms and against the conditions of an optimum."""

from __future__ import annotations

import numpy as np
import pytest

from training.corpus.classifiers.fitting import fit_best
from training.corpus.classifiers.linear import LOGISTIC, SQUARED, Dense, fit, logistic


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(7).normal(size=(200, 12))


def test_ridge_equals_its_closed_form(rows):
    targets = rows @ np.arange(12) + 3 + np.random.default_rng(8).normal(size=200)
    found = fit(Dense(rows), targets, SQUARED, 0.1)
    centered, mean = rows - rows.mean(axis=0), targets.mean()
    wanted = np.linalg.solve(
        centered.T @ centered / 200 + 0.1 * np.eye(12), centered.T @ (targets - mean) / 200
    )
    assert np.allclose(found.weights, wanted, atol=2e-3)
    assert found.bias == pytest.approx(mean - rows.mean(axis=0) @ wanted, abs=2e-3)


def test_logistic_regression_ends_where_the_gradient_is_zero(rows):
    targets = (rows[:, 0] + 0.5 * np.random.default_rng(9).normal(size=200) > 0).astype(float)
    found = fit(Dense(rows), targets, LOGISTIC, 0.01)
    slope = (logistic(rows @ found.weights + found.bias) - targets) / 200
    gradient = rows.T @ slope + 0.01 * found.weights
    assert np.abs(gradient).max() < 1e-4
    assert abs(slope.sum()) < 1e-4


def test_a_weaker_penalty_is_chosen_where_there_is_more_to_learn(rows):
    signal = rows @ np.arange(12)
    noise = np.random.default_rng(10).normal(size=200)
    dense = Dense(rows)
    clear = fit_best(dense, lambda places: Dense(rows[places]), signal, SQUARED)
    blurred = fit_best(dense, lambda places: Dense(rows[places]), noise, SQUARED)
    assert clear.l2 < blurred.l2


def test_equal_rows_give_equal_weights(rows):
    targets = (rows[:, 1] > 0).astype(float)
    first = fit(Dense(rows), targets, LOGISTIC, 0.01)
    again = fit(Dense(rows.copy()), targets.copy(), LOGISTIC, 0.01)
    assert (first.weights == again.weights).all()
    assert first.bias == again.bias
