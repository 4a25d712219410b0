"""What a job's folder says of it: latest values, progress, best validation, last log lines.

Every function reads the end of a file or one small file; none of them fails on a folder that is
not there yet, is being written, or was torn by a kill.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.events import EventKind
from training.folder.layout import JobFolder
from training.folder.records import map_records, num_records
from training.folder.series import read_index, series_path

VALIDATION = "validation/loss"
_TAIL_BYTES = 64 << 10
_PROGRESS = b'"kind":"progress"'


@dataclass(frozen=True)
class Point:
    """One record of a series."""

    step: int
    time: float
    value: float


@dataclass(frozen=True)
class Progress:
    """How far a job is, in its own unit."""

    done: float
    total: float
    unit: str
    eta_seconds: float | None = None
    num_tokens: int | None = None
    time: float = 0.0

    @property
    def percent(self) -> int:
        """Whole per cent, 100 only at the end."""
        return math.floor(100 * self.done / self.total) if self.total else 0


def latest_points(folder: JobFolder) -> dict[str, Point]:
    """The last record of every series."""
    found = {}
    for name, series_id in read_index(folder.metrics).items():
        path = series_path(folder.metrics, series_id)
        count = num_records(path)
        records = map_records(path, max(0, count - 1))
        if len(records):
            row = records[-1]
            found[name] = Point(int(row["step"]), float(row["time"]), float(row["value"]))
    return found


def best_validation(folder: JobFolder) -> Point | None:
    """The record with the lowest finite validation loss."""
    series_id = read_index(folder.metrics).get(VALIDATION)
    if series_id is None:
        return None
    records = map_records(series_path(folder.metrics, series_id))
    values = np.where(np.isfinite(records["value"]), records["value"], np.inf)
    if not len(values) or not np.isfinite(values.min()):
        return None
    row = records[int(values.argmin())]
    return Point(int(row["step"]), float(row["time"]), float(row["value"]))


def last_progress(folder: JobFolder) -> Progress | None:
    """The newest progress event among the last 64 kB of events."""
    for line in reversed(_last_lines(folder.events)):
        if _PROGRESS in line and line.endswith(b"}"):
            return _progress(json.loads(line))
    return None


def story(folder: JobFolder, limit: int) -> list[dict[str, Any]]:
    """The newest ``limit`` events of verb and wrapper that are no mere progress, oldest first."""
    events = [
        {**json.loads(line), "source": source}
        for source in ("events", "wrapper_events")
        for line in _whole_lines(getattr(folder, source))
        if _PROGRESS not in line
    ]
    return sorted(events, key=lambda event: float(event["time"]))[-limit:]


def log_lines(folder: JobFolder, limit: int, *, stop: int | None = None) -> list[str]:
    """The last lines of the log (up to byte ``stop``), at most 64 kB of it."""
    lines = _last_lines(folder.log, stop)[-limit:]
    return [line.decode("utf-8", "replace") for line in lines]


def last_samples(folder: JobFolder) -> list[dict[str, Any]]:
    """The sample events of the newest step that has any."""
    samples = [event for event in story(folder, 1_000) if event["kind"] == EventKind.SAMPLE]
    return [event for event in samples if event["step"] == samples[-1]["step"]]


def _progress(event: dict[str, Any]) -> Progress:
    eta = event.get("eta_seconds")
    tokens = event.get("num_tokens")
    return Progress(
        done=float(event.get("done", 0)),
        total=float(event.get("total", 0)),
        unit=str(event.get("unit", "")),
        eta_seconds=float(eta) if eta is not None else None,
        num_tokens=int(tokens) if tokens is not None else None,
        time=float(event.get("time", 0)),
    )


def _last_lines(path: Path, stop: int | None = None) -> list[bytes]:
    """Lines in the last 64 kB of a file, or of its first ``stop`` bytes."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            end = size if stop is None else min(size, stop)
            start = file.seek(max(0, end - _TAIL_BYTES))
            block = file.read(end - start)
    except FileNotFoundError:
        return []
    if start > 0:
        block = block[block.find(b"\n") + 1 :]
    return block.splitlines()


def _whole_lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))
    except FileNotFoundError:
        return
