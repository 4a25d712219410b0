"""Where a reader of a job stands: a cursor per metric series, offsets into events and log.

A position is what a client keeps and sends back after a lost connection; everything after it is
read from the job's folder again, so no message needs to be delivered for sure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from training.folder.cursor import Cursor
from training.folder.layout import JobFolder
from training.folder.records import num_records
from training.folder.series import read_generation, read_index, series_path

MAX_SERIES = 2_000
_MAX_NUMBER = 2**62
_BLOCK_BYTES = 64 << 10


@dataclass(frozen=True)
class Position:
    """``series`` {name: cursor}; ``events`` and ``wrapper_events`` and ``log`` in bytes."""

    series: Mapping[str, Cursor] = field(default_factory=dict)
    events: int = 0
    wrapper_events: int = 0
    log: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As it stands in messages."""
        return {
            "series": {name: list(cursor) for name, cursor in self.series.items()},
            "events": [self.events, self.wrapper_events],
            "log": self.log,
        }

    def with_series(self, series: Mapping[str, Cursor]) -> Position:
        """With cursors also for these series; those it has stay."""
        return replace(self, series={**series, **self.series})


def parse_position(data: object, *, end: Position) -> Position:
    """A position sent by a client. What is missing, or cannot be, is taken from ``end``.

    Series are kept only where the cursor is one that this folder can have given out; the others
    are left out, which makes the server send them anew.
    """
    given = data if isinstance(data, dict) else {}
    events = _numbers(given.get("events"), 2) or (end.events, end.wrapper_events)
    log = _numbers([given.get("log")], 1) or (end.log,)
    series = given.get("series")
    pairs = list(series.items())[:MAX_SERIES] if isinstance(series, dict) else []
    return Position(
        series={
            str(name): cursor for name, value in pairs if (cursor := _cursor(name, value, end))
        },
        events=min(events[0], end.events),
        wrapper_events=min(events[1], end.wrapper_events),
        log=min(log[0], end.log),
    )


def end_position(folder: JobFolder) -> Position:
    """Behind everything that is in the folder now."""
    before = read_generation(folder.metrics)
    generation = int(before["generation"])
    series = {
        name: Cursor(generation, num_records(series_path(folder.metrics, series_id)))
        for name, series_id in read_index(folder.metrics).items()
    }
    if not before["done"] or read_generation(folder.metrics) != before:
        # A rewind is under way: from the start is always right, only longer.
        series = {}
    return Position(
        series=series,
        events=_whole_lines_bytes(folder.events),
        wrapper_events=_whole_lines_bytes(folder.wrapper_events),
        log=folder.log.stat().st_size if folder.log.exists() else 0,
    )


def _whole_lines_bytes(path: Path) -> int:
    """Size of a file up to its last line break, read from its end backwards."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        end = file.seek(0, 2)
        while end > 0:
            start = max(0, end - _BLOCK_BYTES)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _cursor(name: object, value: object, end: Position) -> Cursor | None:
    numbers = _numbers(value, 2)
    known = end.series.get(str(name))
    if numbers is None:
        return None
    cursor = Cursor(*numbers)
    if known is None:
        return cursor if cursor == Cursor(0, 0) else None
    return cursor if cursor <= known else None


def _numbers(value: object, count: int) -> tuple[int, ...] | None:
    """``count`` whole numbers that can be offsets; None when they are anything else."""
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    fits = all(type(number) is int and 0 <= number < _MAX_NUMBER for number in value)
    return tuple(value) if fits else None
