"""Metric series: records, torn writes, full disks, and rewinds read exactly once."""

from __future__ import annotations

import math
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest

from tests.training.folder.small_disk import fill, small_disk
from training.folder.cursor import START, Cursor, read_from
from training.folder.records import RECORD_BYTES, map_records, num_records
from training.folder.series import (
    MetricWriter,
    begin_rewind,
    read_generation,
    read_index,
    series_path,
)


def points(folder: Path, name: str = "loss") -> list[tuple[int, float]]:
    records = map_records(series_path(folder, read_index(folder)[name]))
    return [(int(row["step"]), float(row["value"])) for row in records]


def test_points_come_back_as_written_nan_and_infinity_included(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    values = [1.5, math.inf, -math.inf, 0.1]
    for step, value in enumerate(values):
        writer.add("loss", step, value)
    writer.add("loss", 4, math.nan)
    writer.close()
    assert points(tmp_path)[:4] == list(enumerate(values))
    assert math.isnan(points(tmp_path)[4][1])


def test_a_record_is_24_bytes(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    writer.add("loss", 1, 2.0)
    writer.close()
    assert series_path(tmp_path, 1).stat().st_size == RECORD_BYTES == 24


def test_a_torn_record_is_ignored_by_readers_and_cut_by_the_next_writer(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    writer.add("loss", 1, 2.0)
    writer.close()
    with series_path(tmp_path, 1).open("ab") as file:
        file.write(b"\x01" * 11)
    assert points(tmp_path) == [(1, 2.0)]
    writer = MetricWriter(tmp_path)
    writer.add("loss", 2, 3.0)
    writer.close()
    assert points(tmp_path) == [(1, 2.0), (2, 3.0)]


def test_a_torn_index_line_loses_the_name_and_not_the_others(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    writer.add("loss", 1, 2.0)
    writer.close()
    with (tmp_path / "index.jsonl").open("ab") as file:
        file.write(b'{"id": 2, "na')
    writer = MetricWriter(tmp_path)
    writer.add("rate", 1, 0.5)
    writer.close()
    assert read_index(tmp_path) == {"loss": 1, "rate": 2}
    assert points(tmp_path, "rate") == [(1, 0.5)]


def test_a_rewind_keeps_the_cut_tail_and_bumps_the_generation(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    for step in range(10):
        writer.add("loss", step, float(step))
        if step == 5:
            lengths = writer.lengths()
    assert writer.start_generation(lengths) == 1
    writer.add("loss", 6, 60.0)
    writer.close()
    assert [step for step, _ in points(tmp_path)] == [0, 1, 2, 3, 4, 5, 6]
    delta = read_from(tmp_path, 1)
    seen = [
        (s.generation, s.is_cut, int(row["step"])) for s in delta.stretches for row in s.records
    ]
    assert seen == [
        *((0, False, step) for step in range(6)),
        *((0, True, step) for step in range(6, 10)),
        (1, False, 6),
    ]
    assert delta.cursor == Cursor(1, 7)


def test_a_rewind_begun_and_not_done_shows_nothing_new_and_is_finished_later(
    tmp_path: Path,
) -> None:
    writer = MetricWriter(tmp_path)
    for step in range(5):
        writer.add("loss", step, float(step))
    writer.close()
    begin_rewind(tmp_path, {"1": 2})
    assert read_from(tmp_path, 1).stretches == []
    assert MetricWriter(tmp_path).generation == 1
    assert read_generation(tmp_path)["done"]
    assert [step for step, _ in points(tmp_path)] == [0, 1]


@pytest.mark.parametrize("seed", range(25))
def test_any_reader_sees_every_point_of_every_generation_once(tmp_path: Path, seed: int) -> None:
    """Random appends, rewinds and reads: what a cursor reader collects is what was ever written."""
    dice = random.Random(seed)
    writer = MetricWriter(tmp_path)
    written: list[tuple[int, float]] = []
    readers: list[tuple[Cursor, list[tuple[int, float]]]] = [(START, []) for _ in range(4)]
    value, lengths = 0.0, {"1": 0}
    for _ in range(60):
        action = dice.random()
        if action < 0.5:
            for _ in range(dice.randint(1, 9)):
                value += 1
                writer.add("loss", int(value), value)
                written.append((writer.generation, value))
            writer.flush()
        elif action < 0.6:
            lengths = writer.lengths()
        elif action < 0.7:
            writer.start_generation(lengths)
        else:
            _advance(tmp_path, readers, dice)
    while any(_advance(tmp_path, readers, dice, everyone=True)):
        pass
    for _, seen in readers:
        assert seen == written


def _advance(
    folder: Path,
    readers: list[tuple[Cursor, list[tuple[int, float]]]],
    dice: random.Random,
    *,
    everyone: bool = False,
) -> list[bool]:
    moved = []
    for index in range(len(readers)) if everyone else [dice.randrange(len(readers))]:
        cursor, seen = readers[index]
        delta = read_from(folder, 1, cursor, limit=dice.randint(1, 20))
        for stretch in delta.stretches:
            seen.extend((stretch.generation, float(v)) for v in stretch.records["value"])
        readers[index] = (delta.cursor, seen)
        moved.append(delta.cursor != cursor)
    return moved


def test_a_full_disk_keeps_points_waiting_and_loses_none(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=64 * 1024) as disk:
        writer = MetricWriter(disk / "metrics")
        writer.add("loss", 0, 0.0)
        writer.flush()
        filler = disk / "filler"
        filler.write_bytes(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize))
        for step in range(1, 5000):
            writer.add("loss", step, float(step))
        assert not writer.flush()
        assert writer.is_disk_full
        assert series_path(disk / "metrics", 1).stat().st_size % RECORD_BYTES == 0
        filler.unlink()
        # 5,000 points are 120 kB and the disk has 64: half of it fits after this.
        writer._series["loss"].waiting[2000:] = []
        assert writer.flush()
        assert [step for step, _ in points(disk / "metrics")] == list(range(2001))


def test_a_series_born_on_a_full_disk_gets_its_name_with_its_first_record(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=64 * 1024) as disk:
        writer = MetricWriter(disk)
        writer.add("loss", 0, 0.0)
        writer.flush()
        # Fill the index's own page too: a tmpfs would still take a short line there.
        pad = 4096 - (disk / "index.jsonl").stat().st_size % 4096
        with (disk / "index.jsonl").open("ab") as file:
            file.write(b"x" * (pad - 1) + b"\n")
        filler = fill(disk)
        writer.add("late", 1, 1.0)
        assert not writer.flush()
        lengths = writer.lengths()
        assert read_index(disk) == {"loss": 1}
        filler.unlink()
        assert writer.flush()
        assert (lengths, read_index(disk)) == ({"1": 1, "2": 1}, {"loss": 1, "late": 2})
        other = MetricWriter(disk)
        other.add("other", 2, 2.0)
        other.close()
        assert points(disk, "late") == [(1, 1.0)]
        assert points(disk, "other") == [(2, 2.0)]


def test_a_damaged_index_line_hides_its_series_and_gives_its_id_to_no_other(
    tmp_path: Path,
) -> None:
    writer = MetricWriter(tmp_path)
    for name in ("loss", "rate"):
        writer.add(name, 1, 2.0)
    writer.close()
    index = tmp_path / "index.jsonl"
    index.write_bytes(index.read_bytes().replace(b'"id": 2', b"\xff\xff: 2"))
    assert read_index(tmp_path) == {"loss": 1}
    writer = MetricWriter(tmp_path)
    writer.add("norm", 7, 9.0)
    writer.close()
    assert read_index(tmp_path) == {"loss": 1, "norm": 3}
    assert points(tmp_path, "norm") == [(7, 9.0)]


@pytest.mark.parametrize("text", ["", "[]", '{"done": true}', "\x00" * 40])
def test_a_damaged_generation_file_hides_no_point(tmp_path: Path, text: str) -> None:
    writer = MetricWriter(tmp_path)
    writer.add("loss", 1, 2.0)
    writer.start_generation({"1": 1})
    writer.close()
    (tmp_path / "generation.json").write_text(text)
    assert points(tmp_path) == [(1, 2.0)]
    assert [len(s.records) for s in read_from(tmp_path, 1).stretches] == [1]


def test_a_clock_set_back_does_not_hold_points_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    writer = MetricWriter(tmp_path)
    writer.add("loss", 1, 1.0)
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    writer.add("loss", 2, 1.0)
    assert [step for step, _ in points(tmp_path)] == [1, 2]


def test_lengths_are_what_stands_on_disk(tmp_path: Path) -> None:
    writer = MetricWriter(tmp_path)
    for step in range(7):
        writer.add("loss", step, 1.0)
    assert writer.lengths() == {"1": 7}
    assert num_records(series_path(tmp_path, 1)) == 7


def test_records_of_a_missing_file_are_none(tmp_path: Path) -> None:
    assert len(map_records(tmp_path / "0001.series")) == 0
    assert map_records(tmp_path / "0001.series").dtype.itemsize == np.dtype("V24").itemsize
