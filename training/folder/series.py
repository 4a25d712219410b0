"""Metric series of one job: the writer, and the rewind that a resume makes.

``metrics/index.jsonl`` maps ids to names, ``metrics/NNNN.series`` holds records (records.py),
``metrics/generation.json`` says which attempt writes now and from which lengths each attempt
started. A checkpoint stores each series' length; a resume cuts the series back to it, keeps the
cut tail under ``metrics/tails/gNNN/`` (as that attempt's, drawn faint) and bumps the generation.

Rewind survives a kill at any instruction: (1) the intent, with all lengths, is written; (2) each
tail is copied aside, whole, then cut; (3) the intent is marked done. The next writer finishes a
rewind that it finds begun. Readers treat a rewind that is not done as "nothing new yet".

One writer per job (rank 0). The name of a series is on disk before its first record. A full disk
never stops training: points wait in memory (bounded, losses counted) and are written when there is
room again.
"""

from __future__ import annotations

import json
import os
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.folder.atomic import fsync_file, fsync_folder, is_full, read_json, write_json
from training.folder.records import RECORD_BYTES, num_records

_INDEX = "index.jsonl"
_FLUSH_SECONDS = 0.25
_MAX_WAITING_BYTES = 64 << 20
_pack = struct.Struct("<qdd").pack


@dataclass
class _Series:
    """One open series: its file and what has not been written yet."""

    id: int
    path: Path
    is_named: bool
    waiting: list[bytes] = field(default_factory=list)
    num_records: int = 0


class MetricWriter:
    """Appends metric points. ``add`` costs about a microsecond; ``flush`` does the writing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.num_lost = 0
        self.is_disk_full = False
        self._series: dict[str, _Series] = {}
        self._flush_due = 0.0
        state = finish_rewind(folder)
        self.generation = int(state["generation"])
        for name, series_id in _mended_index(folder).items():
            self._open(name, series_id, is_named=True)

    def add(self, name: str, step: int, value: float) -> None:
        """Record ``value`` of series ``name`` at optimizer step ``step``, now."""
        series = self._series.get(name)
        if series is None:
            series = self._create(name)
        now = time.time()
        series.waiting.append(_pack(step, now, value))
        # Not in time, or a clock that was set back.
        if not now < self._flush_due <= now + _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> bool:
        """Write everything that waits; False when the disk is full and points still wait."""
        self._flush_due = time.time() + _FLUSH_SECONDS
        waiting = [(name, series) for name, series in self._series.items() if series.waiting]
        written = [self._write(name, series) for name, series in waiting]
        self.is_disk_full = not all(written)
        return not self.is_disk_full

    def lengths(self) -> dict[str, int]:
        """Flush, fsync and return {series id: records}, for a checkpoint.

        What a full disk keeps waiting counts: it is written before anything later.
        """
        self.flush()
        for series in self._series.values():
            if series.path.exists():
                fsync_file(series.path)
        return {
            str(series.id): series.num_records + len(series.waiting)
            for series in self._series.values()
        }

    def start_generation(self, lengths: dict[str, int]) -> int:
        """Cut every series back to ``lengths`` (unknown ones to 0) and begin the next attempt."""
        self.flush()
        begin_rewind(self.folder, lengths)
        self.generation = int(finish_rewind(self.folder)["generation"])
        for series in self._series.values():
            series.num_records = num_records(series.path)
        return self.generation

    def close(self) -> None:
        """Write what waits."""
        self.flush()

    def _write(self, name: str, series: _Series) -> bool:
        if not series.is_named:
            line = json.dumps({"id": series.id, "name": name}) + "\n"
            series.is_named = _append(self.folder / _INDEX, line.encode())
        block = b"".join(series.waiting)
        if not (series.is_named and _append(series.path, block)):
            self._shed(series, len(block))
            return False
        series.num_records += len(series.waiting)
        series.waiting.clear()
        return True

    def _shed(self, series: _Series, waiting_bytes: int) -> None:
        if waiting_bytes > _MAX_WAITING_BYTES:
            half = len(series.waiting) // 2
            del series.waiting[:half]
            self.num_lost += half

    def _create(self, name: str) -> _Series:
        # Files count as well as names: a damaged index must not give an id away twice.
        on_disk = (int(path.stem) for path in self.folder.glob("*.series"))
        known = (series.id for series in self._series.values())
        return self._open(name, 1 + max((*on_disk, *known), default=0), is_named=False)

    def _open(self, name: str, series_id: int, *, is_named: bool) -> _Series:
        path = series_path(self.folder, series_id)
        whole = num_records(path)
        if path.exists() and path.stat().st_size != whole * RECORD_BYTES:
            os.truncate(path, whole * RECORD_BYTES)
        series = _Series(series_id, path, is_named, num_records=whole)
        self._series[name] = series
        return series


def series_path(folder: Path, series_id: int) -> Path:
    """File of a series, ``folder`` being the job's ``metrics/``."""
    return folder / f"{series_id:04d}.series"


def tail_path(folder: Path, generation: int, series_id: int) -> Path:
    """Where the records that generation ``generation`` lost to a rewind are kept."""
    return folder / "tails" / f"g{generation:04d}" / f"{series_id:04d}.series"


def read_index(folder: Path) -> dict[str, int]:
    """{series name: id}; whole lines only. A damaged line hides its series, not the others."""
    try:
        data = (folder / _INDEX).read_bytes()
    except FileNotFoundError:
        return {}
    whole = data[: data.rfind(b"\n") + 1]
    return dict(filter(None, map(_indexed, whole.splitlines())))


def read_generation(folder: Path) -> dict[str, Any]:
    """{"generation": n, "done": bool, "starts": {generation: {series id: records}}}.

    A damaged file reads as the first generation: records are whole whoever wrote them.
    """
    state = read_json(folder / "generation.json")
    is_whole = isinstance(state, dict) and {"generation", "done", "starts"} <= state.keys()
    return state if is_whole else {"generation": 0, "done": True, "starts": {}}


def begin_rewind(folder: Path, lengths: dict[str, int]) -> None:
    """Write down the intent to start the next generation at ``lengths``."""
    state = read_generation(folder)
    generation = int(state["generation"]) + 1
    ids = [str(series_id) for series_id in read_index(folder).values()]
    starts = {
        series_id: min(int(lengths.get(series_id, 0)), num_records(_file(folder, series_id)))
        for series_id in ids
    }
    state["starts"][str(generation)] = starts
    write_json(folder / "generation.json", {**state, "generation": generation, "done": False})


def finish_rewind(folder: Path) -> dict[str, Any]:
    """Carry a begun rewind through (nothing to do when none is) and return the state."""
    state = read_generation(folder)
    if state["done"]:
        return state
    generation = int(state["generation"])
    for series_id, start in state["starts"][str(generation)].items():
        _cut(folder, int(series_id), generation - 1, int(start))
    state["done"] = True
    write_json(folder / "generation.json", state)
    return state


def _cut(folder: Path, series_id: int, generation: int, start: int) -> None:
    """Move the records from ``start`` on into the tail of ``generation``."""
    path = series_path(folder, series_id)
    if num_records(path) <= start:
        return
    tail = tail_path(folder, generation, series_id)
    tail.parent.mkdir(parents=True, exist_ok=True)
    temporary = tail.with_suffix(".tmp")
    with path.open("rb") as source, temporary.open("wb") as target:
        source.seek(start * RECORD_BYTES)
        data = source.read()
        target.write(data[: len(data) // RECORD_BYTES * RECORD_BYTES])
        target.flush()
        os.fsync(target.fileno())
    temporary.replace(tail)
    fsync_folder(tail.parent)
    os.truncate(path, start * RECORD_BYTES)
    fsync_file(path)


def _indexed(line: bytes) -> tuple[str, int] | None:
    try:
        row = json.loads(line)
        return str(row["name"]), int(row["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _append(path: Path, block: bytes) -> bool:
    """Append all of ``block``, or nothing and False when the disk is full."""
    size = -1
    try:
        # Not buffered: a step waits for this, and there is one block.
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            while block:
                block = block[file.write(block) :]
    except OSError as error:
        if not is_full(error):
            raise
        if size >= 0:
            os.truncate(path, size)
        return False
    return True


def _file(folder: Path, series_id: str) -> Path:
    return series_path(folder, int(series_id))


def _mended_index(folder: Path) -> dict[str, int]:
    path = folder / _INDEX
    if path.exists():
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(path, whole)
    return read_index(folder)
