"""A long series through its summary: spikes and broken values survive, and little is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.folder.blocks import BLOCK_RECORDS, read_buckets
from training.folder.records import RECORD

NUM_RECORDS = 200_000
SPIKES = {1: 50.0, 70_001: 51.0, 133_333: -9.0, 199_999: 52.0}


def bytes_read() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


def write(path: Path, values: np.ndarray, first_step: int = 0, mode: str = "wb") -> None:
    records = np.zeros(len(values), dtype=RECORD)
    records["step"] = np.arange(first_step, first_step + len(values))
    records["time"] = 1_000 + records["step"]
    records["value"] = values
    with path.open(mode) as file:
        file.write(records.tobytes())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    values = 2 + np.sin(np.arange(NUM_RECORDS) / 500)
    for step, value in SPIKES.items():
        values[step] = value
    values[90_000:90_010] = np.nan
    values[150_000] = np.inf
    write(tmp_path / "0001.series", values)
    return tmp_path / "0001.series"


def test_every_spike_and_every_broken_run_survives_few_buckets(path: Path) -> None:
    read = read_buckets(path, 0, 100)
    assert read.num_records == NUM_RECORDS
    assert len(read.step) <= 115
    assert {50.0, 51.0, 52.0} <= set(read.high.tolist())
    assert -9.0 in read.low
    broken = ~np.isfinite(read.last)
    assert read.step[broken].tolist() == [90_000, 150_000]
    assert (np.diff(read.step) >= 0).all()
    assert read.step[-1] == NUM_RECORDS - 1


def test_a_zoom_shows_single_records_and_keeps_the_spike_at_every_level(path: Path) -> None:
    for width in (100_000, 20_000, 3_000, 200):
        read = read_buckets(path, 0, 200, first_step=70_001 - width // 2, last_step=70_001 + width)
        assert 51.0 in read.high, width
    assert read.step[0] == 70_001 - 100
    assert read.num_records == 301


def test_a_second_look_reads_the_end_alone(path: Path) -> None:
    read_buckets(path, 0, 100)
    write(path, np.full(1_000, 7.0), NUM_RECORDS, "ab")
    before = bytes_read()
    read = read_buckets(path, 0, 100)
    assert bytes_read() - before < 100_000
    assert read.num_records == NUM_RECORDS + 1_000
    assert read.last[-1] == 7.0


def test_a_file_that_was_cut_is_read_anew(path: Path) -> None:
    read_buckets(path, 0, 100)
    write(path, np.full(100_000, 3.0))
    assert read_buckets(path, 1, 100).high.max() == 3.0
    write(path, np.full(50_000, 4.0))
    assert read_buckets(path, 1, 100).high.max() == 4.0


@pytest.mark.parametrize("count", [0, 1, BLOCK_RECORDS, BLOCK_RECORDS + 1, 10 * BLOCK_RECORDS + 7])
def test_short_series_of_any_length(tmp_path: Path, count: int) -> None:
    write(tmp_path / "s", np.arange(count, dtype=float))
    read = read_buckets(tmp_path / "s", 0, 4)
    assert read.num_records == count
    assert count == 0 or read.last[-1] == count - 1


def test_a_series_of_nothing_but_nan_is_told_once(tmp_path: Path) -> None:
    write(tmp_path / "s", np.full(100_000, np.nan))
    read = read_buckets(tmp_path / "s", 0, 10)
    assert read.step[0] == 0
    assert np.isnan(read.last).all()
