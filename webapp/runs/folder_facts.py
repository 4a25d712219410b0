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
from webapp.runs.log_lines import LogLine, lines_before, size_of

VALIDATION = "validation/loss"


@dataclass(frozen=True)
class Point:
    """One record of a series."""

    step: int
    time: float
    value: float


@dataclass(frozen=True)
class LogEnd:
    """The last lines of a log; ``has_earlier``: there are more before them."""

    lines: list[LogLine]
    has_earlier: bool

    @property
    def start(self) -> int:
        """The byte at which they begin."""
        return self.lines[0].offset if self.lines else 0


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


def checkpoint_steps(folder: JobFolder) -> list[int]:
    """Steps of the checkpoints that are there, rising."""
    names = (path.name.removeprefix("step-") for path in folder.checkpoints.glob("step-*"))
    return sorted(int(name) for name in names if name.isdigit())


def log_end(folder: JobFolder, limit: int, *, stop: int | None = None) -> LogEnd:
    """The last lines of the log (up to byte ``stop``), at most 96 kB of it."""
    lines = lines_before(folder.log, size_of(folder.log) if stop is None else stop, limit).lines
    return LogEnd(lines, has_earlier=bool(lines) and lines[0].offset > 0)
