"""A long series at any zoom without reading it whole: a summary of blocks that grows with the file.

A block is `BLOCK_RECORDS` consecutive records: least, greatest and last value, first and last step.
Buckets are made of whole blocks, so that a spike of one step survives; records that are not finite
are kept beside the blocks, as in ``buckets``. A range that is short enough is read as records.
Summaries live in the reading process and are built once; a file that a rewind cut is read anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.folder.buckets import bucket_records
from training.folder.records import RECORD, map_records, num_records

BLOCK_RECORDS = 64
#: Broken records (NaN, infinities) that a summary keeps; the first of each run of them counts.
MAX_BROKEN = 500
_MAX_SUMMARIES = 256
_CHUNK_RECORDS = BLOCK_RECORDS << 13
_BLOCK = np.dtype(
    [("first", "<i8"), ("step", "<i8"), ("time", "<f8"), ("last", "<f8"), ("low", "<f8"),
     ("high", "<f8")]
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


class Buckets(NamedTuple):
    """Consecutive buckets; ``num_records`` is how many records they stand for."""

    step: npt.NDArray[np.int64]
    time: Floats
    low: Floats
    high: Floats
    last: Floats
    num_records: int


class _Summary:
    """Whole blocks of one file, and its first broken records."""

    def __init__(self) -> None:
        self.blocks = np.empty(0, dtype=_BLOCK)
        self.broken = np.empty(0, dtype=RECORD)
        self.lock = threading.Lock()

    def extend(self, path: Path) -> None:
        """Take in the whole blocks that were appended since."""
        end = num_records(path) // BLOCK_RECORDS * BLOCK_RECORDS
        done = len(self.blocks) * BLOCK_RECORDS
        if end < done:
            self.blocks, self.broken, done = self.blocks[:0], self.broken[:0], 0
        parts = [self.blocks]
        while done < end:
            records = map_records(path, done, min(end, done + _CHUNK_RECORDS))
            if not len(records) or len(records) % BLOCK_RECORDS:
                break
            parts.append(_blocks_of(records))
            self._keep_broken(records)
            done += len(records)
        self.blocks = np.concatenate(parts)

    def _keep_broken(self, records: Records) -> None:
        is_broken = ~np.isfinite(records["value"])
        starts = np.flatnonzero(is_broken & ~np.concatenate([[False], is_broken[:-1]]))
        room = MAX_BROKEN - len(self.broken)
        self.broken = np.concatenate([self.broken, records[starts[:room]]])


_summaries: OrderedDict[tuple[Path, int], _Summary] = OrderedDict()
_lock = threading.Lock()


def read_buckets(
    path: Path,
    generation: int,
    buckets: int,
    *,
    first_step: int | None = None,
    last_step: int | None = None,
) -> Buckets:
    """At most ``buckets`` buckets (and the broken records) of the steps asked for, ends included.

    ``generation`` is the one that writes the file now. ValueError for fewer than one bucket.
    """
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, got {buckets}")
    count = num_records(path)
    start = 0 if first_step is None else place_of(path, count, first_step)
    stop = count if last_step is None else place_of(path, count, last_step + 1)
    if stop - start <= buckets * BLOCK_RECORDS:
        return of_records(map_records(path, start, max(start, stop)), buckets)
    summary = _summary(path, generation)
    with summary.lock:
        summary.extend(path)
        blocks, broken = summary.blocks, summary.broken
    from_block = start // BLOCK_RECORDS
    to_block = min(len(blocks), -(-stop // BLOCK_RECORDS))
    tail = map_records(path, to_block * BLOCK_RECORDS, stop) if last_step is None else None
    return _of_blocks(blocks[from_block:to_block], broken, tail, buckets, stop - start)


def place_of(path: Path, count: int, step: int) -> int:
    """Number of the first of ``count`` records whose step is at least ``step``; by bisection."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        record = map_records(path, middle, middle + 1)
        if len(record) and int(record["step"][0]) < step:
            low = middle + 1
        else:
            high = middle
    return low


def of_records(records: Records, buckets: int) -> Buckets:
    """Records as buckets; one record each when there are few enough."""
    steps, low, high, last = bucket_records(records, buckets)
    # Of a bucket's last record; steps rise within a series.
    ends = np.searchsorted(records["step"], steps, side="right") - 1
    times = records["time"][ends] if len(records) else np.empty(0)
    return Buckets(steps, times, low, high, last, len(records))


def _summary(path: Path, generation: int) -> _Summary:
    with _lock:
        key = (path, generation)
        summary = _summaries.setdefault(key, _Summary())
        _summaries.move_to_end(key)
        while len(_summaries) > _MAX_SUMMARIES:
            _summaries.popitem(last=False)
        return summary


def _blocks_of(records: Records) -> npt.NDArray[np.void]:
    """Whole blocks of records; a block without a finite value has NaN bounds."""
    rows = records.reshape(-1, BLOCK_RECORDS)
    values = np.where(np.isfinite(rows["value"]), rows["value"], np.nan)
    blocks = np.empty(len(rows), dtype=_BLOCK)
    blocks["first"], blocks["step"] = rows["step"][:, 0], rows["step"][:, -1]
    blocks["time"] = rows["time"][:, -1]
    with np.errstate(invalid="ignore"):
        blocks["low"], blocks["high"] = np.fmin.reduce(values, 1), np.fmax.reduce(values, 1)
    blocks["last"] = _last_finite(values)
    return blocks


def _last_finite(values: Floats) -> Floats:
    """The last value of each row that is finite; NaN where none is."""
    backwards = np.isfinite(values[:, ::-1])
    places = values.shape[1] - 1 - backwards.argmax(axis=1)
    last: Floats = values[np.arange(len(values)), places]
    return last


def _of_blocks(
    blocks: npt.NDArray[np.void], broken: Records, tail: Any, buckets: int, count: int
) -> Buckets:
    if not len(blocks):
        return of_records(np.empty(0, dtype=RECORD), buckets)
    starts = np.unique(np.linspace(0, len(blocks), buckets, endpoint=False, dtype=np.int64))
    ends = np.append(starts[1:], len(blocks)) - 1
    with np.errstate(invalid="ignore"):
        low = np.fmin.reduceat(np.ascontiguousarray(blocks["low"]), starts)
        high = np.fmax.reduceat(np.ascontiguousarray(blocks["high"]), starts)
    parts = [Buckets(blocks["step"][ends], blocks["time"][ends], low, high,
                     blocks["last"][ends], 0)]  # fmt: skip
    inside = (broken["step"] >= blocks["first"][0]) & (broken["step"] <= blocks["step"][-1])
    # A bucket that is broken as a whole is told by its broken record.
    parts[0] = _rows(parts[0], np.isfinite(parts[0].last))
    parts.append(of_records(broken[inside], max(1, len(broken))))
    if tail is not None and len(tail):
        parts.append(of_records(tail, max(1, buckets // 10)))
    joined: list[Floats] = [np.concatenate([part[n] for part in parts]) for n in range(5)]
    order = np.argsort(joined[0], kind="stable")
    step, time, low, high, last = (column[order] for column in joined)
    return Buckets(step.astype(np.int64), time, low, high, last, count)


def _rows(buckets: Buckets, chosen: npt.NDArray[np.bool_]) -> Buckets:
    step, time, low, high, last, _count = buckets
    return Buckets(step[chosen], time[chosen], low[chosen], high[chosen], last[chosen], 0)
