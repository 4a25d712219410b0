"""Reading metric series by cursor, across rewinds, each (generation, record) exactly once.

A cursor is (generation, offset in records). Seen from generation g, record p of a series stands
in the main file, unless a later generation began at or below p: then it stands in the tail that
the first such rewind put aside. ``read_from`` walks from a cursor to the newest record and says
for every stretch which generation wrote it and whether it has since been cut away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.folder.records import RECORD, map_records, num_records
from training.folder.series import read_generation, series_path, tail_path


class Cursor(NamedTuple):
    """Where a reader stands: everything of earlier generations, and ``offset`` records of this."""

    generation: int
    offset: int


START = Cursor(0, 0)
_EVERYTHING = 1 << 40


@dataclass(frozen=True)
class Stretch:
    """Consecutive records of one series. ``start`` is the position of the first one."""

    generation: int
    start: int
    is_cut: bool
    records: npt.NDArray[np.void]


@dataclass(frozen=True)
class Delta:
    """What a reader has not seen: per generation stretches, and where it stands afterwards."""

    stretches: list[Stretch]
    cursor: Cursor


def read_from(
    folder: Path, series_id: int, cursor: Cursor = START, *, limit: int = 1_000_000
) -> Delta:
    """Records after ``cursor`` of one series of a job's ``metrics/`` folder, oldest first.

    At most ``limit`` records; call again with the returned cursor for the rest. While a rewind is
    under way, or when a rewind happens during the read, an empty delta comes back.
    """
    state = read_generation(folder)
    if not state["done"]:
        return Delta([], cursor)
    delta = _walk(folder, series_id, cursor, state, limit)
    return delta if read_generation(folder) == state else Delta([], cursor)


def read_cut(folder: Path, series_id: int, state: dict[str, Any]) -> list[Stretch]:
    """Only what rewinds have cut away, oldest first; the main file is not read.

    ``state`` is that of `read_generation`.
    """
    delta = _walk(folder, series_id, START, state, _EVERYTHING, only_cut=True)
    return [stretch for stretch in delta.stretches if stretch.is_cut]


def _walk(
    folder: Path,
    series_id: int,
    cursor: Cursor,
    state: dict[str, Any],
    limit: int,
    *,
    only_cut: bool = False,
) -> Delta:
    current = int(state["generation"])
    stretches: list[Stretch] = []
    generation, offset = cursor
    while limit > 0:
        end = _end(folder, series_id, generation, state)
        while offset < end and limit > 0:
            stretch = _read(folder, series_id, generation, offset, end, limit, state, only_cut)
            if not len(stretch.records):
                break
            stretches.append(stretch)
            offset += len(stretch.records)
            limit -= len(stretch.records)
        if generation >= current or offset < end:
            break
        generation += 1
        offset = _start(series_id, generation, state)
    return Delta(stretches, Cursor(generation, offset))


def _start(series_id: int, generation: int, state: dict[str, Any]) -> int:
    """Record at which a generation began (a series born later began at 0)."""
    return int(state["starts"].get(str(generation), {}).get(str(series_id), 0))


def _cutter(series_id: int, generation: int, position: int, state: dict[str, Any]) -> int | None:
    """The first later generation that cut ``position`` away, or None."""
    for later in range(generation + 1, int(state["generation"]) + 1):
        if _start(series_id, later, state) <= position:
            return later
    return None


def _end(folder: Path, series_id: int, generation: int, state: dict[str, Any]) -> int:
    """One past the last record as of the end of ``generation``."""
    if generation == int(state["generation"]):
        return num_records(series_path(folder, series_id))
    start_of_next = _start(series_id, generation + 1, state)
    return start_of_next + num_records(tail_path(folder, generation, series_id))


def _read(
    folder: Path,
    series_id: int,
    generation: int,
    offset: int,
    end: int,
    limit: int,
    state: dict[str, Any],
    only_cut: bool,
) -> Stretch:
    cutter = _cutter(series_id, generation, offset, state)
    if cutter is None:
        later = range(generation + 1, int(state["generation"]) + 1)
        stop = min([end, offset + limit, *(_start(series_id, g, state) for g in later)])
        path = series_path(folder, series_id)
        records = _unread(stop - offset) if only_cut else map_records(path, offset, stop)
        return Stretch(generation, offset, False, records)
    base = _start(series_id, cutter, state)
    # Up to where another, earlier cut would have taken over.
    between = [
        start
        for g in range(generation + 1, cutter)
        if (start := _start(series_id, g, state)) > offset
    ]
    stop = min([end, offset + limit, *between])
    records = map_records(tail_path(folder, cutter - 1, series_id), offset - base, stop - base)
    return Stretch(generation, offset, True, records)


def _unread(count: int) -> npt.NDArray[np.void]:
    """So many records that nobody looks at; takes no memory."""
    return np.broadcast_to(np.zeros((), dtype=RECORD), (max(0, count),))
