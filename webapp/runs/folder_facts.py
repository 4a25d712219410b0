"""What a job's folder says of it: latest values, best validation, last log lines.

A folder that is not there yet, is being written or was torn by a kill has fewer of them. What its
event files tell is in `story`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.folder.layout import JobFolder
from training.folder.records import map_records, num_records
from training.folder.series import read_index, series_path
from webapp.runs.tails import file_end

VALIDATION = "validation/loss"
_LOG_BYTES = 64 << 10


@dataclass(frozen=True)
class Point:
    """One record of a series."""

    step: int
    time: float
    value: float


@dataclass(frozen=True)
class LogEnd:
    """The last lines of a log; ``has_earlier``: there are more before them."""

    lines: list[str]
    has_earlier: bool


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


def log_end(folder: JobFolder, limit: int, *, stop: int | None = None) -> LogEnd:
    """The last lines of the log (up to byte ``stop``), at most 64 kB of it."""
    block, is_whole = file_end(folder.log, most_bytes=_LOG_BYTES, stop=stop)
    lines = [line.decode("utf-8", "replace") for line in block.splitlines()]
    return LogEnd(lines[-limit:], has_earlier=not is_whole or len(lines) > limit)
