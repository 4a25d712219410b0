"""Reads what a job's folder holds behind a position, or all of it as buckets. Knows no sockets.

Both are plain functions that block for milliseconds: asynchronous callers put them in a thread.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from training.events import read_events
from training.folder.blocks import Buckets, of_records, read_buckets
from training.folder.cursor import START, Cursor, Stretch, read_cut, read_from
from training.folder.layout import JobFolder
from training.folder.records import RECORD
from training.folder.series import read_generation, read_index, series_path
from webapp.jobs.event_lines import in_order, mended
from webapp.runs.live.messages import (
    Curve,
    CutTail,
    RangeData,
    SeriesSnapshot,
    Snapshot,
    StretchData,
    json_times,
    json_values,
)
from webapp.runs.live.position import Position

#: Of one series in one message; what is beyond comes in the next.
MAX_RECORDS = 2_000
MAX_LOG_BYTES = 64 << 10
_TAIL_BUCKETS = 200
#: A read of events ends at 1 MB, which is more of them than this.
_MANY_EVENTS = 1_000


@dataclass
class Read:
    """What was read, and where the reader stands afterwards."""

    position: Position
    series: dict[str, list[StretchData]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""

    @property
    def is_full(self) -> bool:
        """Whether a bound was met, so that there may be more."""
        records = (sum(len(part["step"]) for part in parts) for parts in self.series.values())
        has_most = any(count >= MAX_RECORDS for count in records)
        return has_most or len(self.log) * 4 >= MAX_LOG_BYTES or len(self.events) >= _MANY_EVENTS

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing new to tell."""
        return not (self.series or self.events or self.log)


def read_delta(
    folder: JobFolder,
    position: Position,
    *,
    series: Collection[str] | None = None,
    until: Position | None = None,
) -> Read:
    """What lies behind ``position``, bounded in size: call again until the position stays.

    ``series`` None means all. With ``until`` nothing beyond it is read.
    """
    cursors = dict(position.series)
    read = Read(position)
    for name, series_id in read_index(folder.metrics).items():
        if (series is not None and name not in series) or _is_new(name, until):
            continue
        before = cursors.get(name, START)
        delta = read_from(folder.metrics, series_id, before, limit=MAX_RECORDS)
        stretches, cursors[name] = delta.stretches, delta.cursor
        if until is not None:
            stretches, cursors[name] = _bounded(stretches, delta.cursor, until.series[name], before)
        if stretches:
            read.series[name] = [_stretch_data(stretch) for stretch in stretches]
    events, events_end = _events(folder, "events", position.events, until)
    wrapper, wrapper_end = _events(folder, "wrapper_events", position.wrapper_events, until)
    read.events = sorted(events + wrapper, key=lambda event: float(event["time"]))
    read.log, log_end = _log(folder, position.log, until)
    read.position = Position(cursors, events_end, wrapper_end, log_end)
    return read


def read_snapshot(
    folder: JobFolder, *, series: Collection[str] | None, buckets: int
) -> tuple[dict[str, SeriesSnapshot], dict[str, Cursor]]:
    """Every wanted series as at most ``buckets`` buckets, and the cursor behind each.

    Of a long series a summary is read, which is made once. While a rewind is under way nothing is
    there yet.
    """
    found: dict[str, SeriesSnapshot] = {}
    cursors: dict[str, Cursor] = {}
    for name, series_id in read_index(folder.metrics).items():
        if series is None or name in series:
            found[name], cursors[name] = _series(folder, series_id, buckets)
    return found, cursors


def _series(folder: JobFolder, series_id: int, buckets: int) -> tuple[SeriesSnapshot, Cursor]:
    state = read_generation(folder.metrics)
    generation = int(state["generation"])
    nothing = SeriesSnapshot(curve=Curve(x=[], time=[], last=[]), tails=[], num_records=0)
    if not state["done"]:
        return nothing, START
    read = read_buckets(series_path(folder.metrics, series_id), generation, buckets)
    tails = _tails(read_cut(folder.metrics, series_id, state)) if generation else []
    if read_generation(folder.metrics) != state:
        return nothing, START
    snapshot = SeriesSnapshot(curve=curve_of(read), tails=tails, num_records=read.num_records)
    return snapshot, Cursor(generation, read.num_records)


def series_names(folder: JobFolder) -> list[str]:
    """The series that the folder holds."""
    return list(read_index(folder.metrics))


def read_range(
    folder: JobFolder, names: Collection[str], steps: tuple[int, int], *, buckets: int
) -> dict[str, RangeData]:
    """Of every named series that is there the steps from ... to as at most ``buckets`` buckets."""
    generation = int(read_generation(folder.metrics)["generation"])
    found = {}
    for name, series_id in read_index(folder.metrics).items():
        if name in names:
            read = read_buckets(
                series_path(folder.metrics, series_id),
                generation,
                buckets,
                first_step=steps[0],
                last_step=steps[1],
            )
            found[name] = RangeData(curve=curve_of(read), num_records=read.num_records)
    return found


def snapshot_of(series: dict[str, SeriesSnapshot], cursors: Mapping[str, Cursor]) -> Snapshot:
    """What `read_snapshot` found, as a message."""
    given_out = {name: list(cursor) for name, cursor in cursors.items()}
    return Snapshot(type="snapshot", series=series, cursors=given_out)


def curve_of(buckets: Buckets) -> Curve:
    """Buckets as they stand in a message."""
    steps, last = buckets.step.tolist(), json_values(buckets.last)
    curve = Curve(x=steps, time=json_times(buckets.time), last=last)
    if buckets.num_records > len(steps):
        curve["low"] = json_values(buckets.low)
        curve["high"] = json_values(buckets.high)
    return curve


def _tails(stretches: list[Stretch]) -> list[CutTail]:
    """The cut stretches, joined per generation."""
    parts: dict[int, list[npt.NDArray[np.void]]] = {}
    for stretch in stretches:
        if stretch.is_cut:
            parts.setdefault(stretch.generation, []).append(stretch.records)
    return [
        CutTail(generation=generation, **curve_of(of_records(_joined(records), _TAIL_BUCKETS)))
        for generation, records in parts.items()
    ]


def _joined(parts: list[npt.NDArray[np.void]]) -> npt.NDArray[np.void]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=RECORD)


def _is_new(name: str, until: Position | None) -> bool:
    """Whether the series was born after ``until``."""
    return until is not None and name not in until.series


def _bounded(
    stretches: list[Stretch], reached: Cursor, until: Cursor, before: Cursor
) -> tuple[list[Stretch], Cursor]:
    """The stretches that lie before ``until``, the last one shortened to it."""
    if reached <= until:
        return stretches, reached
    kept = []
    for stretch in stretches:
        if stretch.generation > until.generation:
            continue
        end = stretch.start + len(stretch.records)
        if stretch.generation == until.generation and end > until.offset:
            records = stretch.records[: max(0, until.offset - stretch.start)]
            stretch = Stretch(stretch.generation, stretch.start, stretch.is_cut, records)
        if len(stretch.records):
            kept.append(stretch)
    return kept, max(until, before)


def _stretch_data(stretch: Stretch) -> StretchData:
    records = stretch.records
    return StretchData(
        generation=stretch.generation,
        start=stretch.start,
        cut=stretch.is_cut,
        step=records["step"].tolist(),
        time=json_times(records["time"]),
        value=json_values(np.ascontiguousarray(records["value"])),
    )


def _events(
    folder: JobFolder, which: str, offset: int, until: Position | None
) -> tuple[list[dict[str, Any]], int]:
    stop = None if until is None else getattr(until, which)
    events, end = read_events(getattr(folder, which), offset=offset, stop=stop)
    return [{**event, "source": which} for event in in_order(map(mended, events))], end


def _log(folder: JobFolder, offset: int, until: Position | None) -> tuple[str, int]:
    """Text from byte ``offset`` on; a character of which a part is missing waits."""
    size = MAX_LOG_BYTES if until is None else min(MAX_LOG_BYTES, until.log - offset)
    if size <= 0:
        return "", offset
    try:
        with folder.log.open("rb") as file:
            file.seek(offset)
            block = file.read(size)
    except FileNotFoundError:
        return "", offset
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = decoder.decode(block)
    return text, offset + len(block) - len(decoder.getstate()[0])
