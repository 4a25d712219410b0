"""Buckets keep every spike, whatever the zoom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.folder import read_series
from training.folder.buckets import bucket_records
from training.folder.records import RECORD


def records(values: list[float]) -> np.ndarray:
    array = np.zeros(len(values), dtype=RECORD)
    array["step"] = np.arange(len(values))
    array["value"] = values
    return array


def test_200_000_points_keep_spikes_nan_and_infinities_in_1_000_buckets(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(2, 3, 200_000)
    spikes = [5, 777, 50_000, 123_456, 199_999]
    values[spikes] = [50, 51, 52, 53, 54]
    values[1_000], values[2_000], values[3_000] = np.nan, np.inf, -np.inf
    records(values.tolist()).tofile(tmp_path / "0001.series")
    x, low, high, last = read_series(tmp_path / "0001.series", 1_000)
    assert len(x) == len(low) == len(high) == len(last) <= 1_000
    assert {50, 51, 52, 53, 54} <= set(high)
    assert np.isnan(last).sum() == 1
    assert np.isposinf(high).sum() == 1
    assert np.isneginf(low).sum() == 1
    assert x[-1] == 199_999


def test_few_points_are_given_as_they_are() -> None:
    x, low, high, last = bucket_records(records([3.0, 1.0, 2.0]), 10)
    assert x.tolist() == [0, 1, 2]
    assert low.tolist() == high.tolist() == last.tolist() == [3.0, 1.0, 2.0]


def test_a_missing_series_is_empty_and_no_buckets_are_refused(tmp_path: Path) -> None:
    assert all(len(array) == 0 for array in read_series(tmp_path / "none.series", 10))
    with pytest.raises(ValueError, match="at least 1"):
        read_series(tmp_path / "none.series", 0)


def test_a_series_that_is_nan_from_some_point_on_still_fits() -> None:
    values = [1.0] * 500 + [float("nan")] * 4_500
    x, low, high, last = bucket_records(records(values), 100)
    assert len(x) <= 100
    assert np.isnan(last).any()
    assert (high == 1.0).any()


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=300),
    st.integers(1, 50),
)
def test_no_extreme_is_ever_lost(values: list[float], buckets: int) -> None:
    x, low, high, last = bucket_records(records(values), buckets)
    assert len(x) <= max(1, buckets) or len(values) <= buckets
    finite = [v for v in values if v == v]
    if finite:
        assert np.nanmin(low) == min(finite)
        assert np.nanmax(high) == max(finite)
        assert x[-1] == len(values) - 1
