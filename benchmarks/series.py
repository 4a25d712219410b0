"""Metric series: reading and bucketing 200,000 points, and the cost of one metric call.

Limits: read + bucket at most 20 ms, a metric call at most 2 microseconds on average; the best of
several runs, because the machine is shared. Run: python -m benchmarks.series
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Row, print_table
from training.folder import read_series
from training.folder.records import RECORD
from training.folder.series import MetricWriter

NUM_POINTS = 200_000
NUM_BUCKETS = 1_000
NUM_RUNS = 15
READ_LIMIT_SECONDS = 0.020
CALL_LIMIT_SECONDS = 2e-6


def rows() -> Iterator[Row]:
    """Both measurements."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0001.series"
        points(path)
        seconds = min(read_seconds(path) for _ in range(NUM_RUNS))
        yield Row(
            "read + bucket 200,000 points",
            f"{seconds * 1e3:.1f} ms",
            f"limit {READ_LIMIT_SECONDS * 1e3:.0f} ms",
            f"{seconds / READ_LIMIT_SECONDS:.2f}",
            "<= 1",
            seconds <= READ_LIMIT_SECONDS,
        )
        call = min(call_seconds(Path(folder) / str(run)) for run in range(5))
        yield Row(
            "one metric call, mean of 200,000",
            f"{call * 1e6:.2f} us",
            f"limit {CALL_LIMIT_SECONDS * 1e6:.0f} us",
            f"{call / CALL_LIMIT_SECONDS:.2f}",
            "<= 1",
            call <= CALL_LIMIT_SECONDS,
        )


def points(path: Path) -> None:
    """A curve with one-step spikes, NaN and infinity; all must survive."""
    records = np.zeros(NUM_POINTS, dtype=RECORD)
    records["step"] = np.arange(NUM_POINTS)
    records["value"] = np.random.default_rng(0).uniform(2, 3, NUM_POINTS)
    records["value"][[5, 777, 50_000, 123_456, 199_999]] = 50
    records["value"][[1_000, 2_000]] = np.nan, np.inf
    records.tofile(path)


def read_seconds(path: Path) -> float:
    """One read; fails when a spike is gone."""
    started = time.perf_counter()
    _, _, high, last = read_series(path, NUM_BUCKETS)
    seconds = time.perf_counter() - started
    if int((high == 50).sum()) != 5 or not np.isnan(last).any() or not np.isinf(high).any():
        raise AssertionError("a spike, NaN or infinity was lost")
    return seconds


def call_seconds(folder: Path) -> float:
    """Mean seconds of ``add``, its writing to disk included."""
    writer = MetricWriter(folder)
    started = time.process_time()
    for step in range(NUM_POINTS):
        writer.add("train/loss", step, 1.5)
    writer.close()
    return (time.process_time() - started) / NUM_POINTS


if __name__ == "__main__":
    print_table(rows())
