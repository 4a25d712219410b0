"""Ratios with their errors by hand and by simulation; percentiles, histograms, entropy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.corpus.quality_report import statistics


def test_a_ratio_is_of_sums_and_its_error_is_cochrans() -> None:
    part, whole = np.array([1.0, 2.0, 6.0]), np.array([2.0, 4.0, 6.0])
    found = statistics.ratio(part, whole, 10)
    # r = 9/12; residuals -0.5, -1, 1.5; s2 = 3.5/2; error = sqrt(3 * s2 * 0.7) / 12
    assert found["value"] == pytest.approx(0.75)
    assert found["error"] == pytest.approx(math.sqrt(3 * 1.75 * 0.7) / 12)


def test_nothing_is_uncertain_when_all_were_read_and_nothing_is_told_of_nothing() -> None:
    ones = np.ones(3)
    assert statistics.ratio(ones, ones, 3)["error"] == 0.0
    assert statistics.ratio(ones[:1], ones[:1], 3)["error"] is None
    assert statistics.ratio(ones, 0 * ones, 3) == statistics.NOT_MEASURED
    assert statistics.mean(np.zeros(0, dtype=bool), 0) == statistics.NOT_MEASURED


def test_the_error_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    whole = random.integers(1, 200, 4_000)
    part = random.binomial(whole, random.beta(2, 5, 4_000))
    truth = part.sum() / whole.sum()
    inside = 0
    for _ in range(400):
        rows = random.choice(4_000, 300, replace=False)
        found = statistics.ratio(part[rows].astype(float), whole[rows], 4_000)
        assert found["value"] is not None
        assert found["error"] is not None
        inside += abs(found["value"] - truth) <= 2 * found["error"]
    assert 0.92 <= inside / 400 <= 0.98


def test_percentiles_and_histograms() -> None:
    assert statistics.percentiles(np.zeros(0)) is None
    told = statistics.percentiles(np.arange(101))
    assert told == {"p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "mean": 50}
    # What lies outside is in the outer bins.
    assert statistics.histogram(np.array([-1, 0, 1, 5, 99]), (0, 1, 10))["counts"] == [2, 3]


def test_entropy_in_bits() -> None:
    assert statistics.entropy_bits(np.array([1, 1, 2])) == pytest.approx(1.5)
    assert statistics.entropy_bits(np.array([7])) == 0
    assert statistics.entropy_bits(np.zeros(0)) == 0
