"""Min/max/last buckets of a metric series: any zoom level keeps every one-step spike.

A bucket is a run of consecutive records. ``low`` and ``high`` are its smallest and largest value,
``last`` its last one, ``x`` its last step. Records that are NaN or infinite get buckets of their
own, so that they neither hide a spike nor are hidden by one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.folder.records import RECORD, map_records

Arrays = tuple[
    npt.NDArray[np.int64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
]


def read_series(path: Path | str, buckets: int) -> Arrays:
    """Read a series file and bucket it: arrays (x, low, high, last), at most ``buckets`` long.

    ``path`` is a ``NNNN.series`` file of 24-byte records. Raises ValueError for fewer than one
    bucket; a missing or empty file gives empty arrays.
    """
    return bucket_records(map_records(Path(path)), buckets)


def bucket_records(records: npt.NDArray[np.void], buckets: int) -> Arrays:
    """Bucket records of dtype ``RECORD`` (step, time, value)."""
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, got {buckets}")
    values = records["value"]
    starts = _bucket_starts(values, buckets)
    if len(starts) == 0:
        empty = np.empty(0, dtype=np.float64)
        return np.empty(0, dtype=np.int64), empty, empty.copy(), empty.copy()
    ends = np.append(starts[1:], len(values)) - 1
    values = np.ascontiguousarray(values)
    with np.errstate(invalid="ignore"):
        low = np.fmin.reduceat(values, starts)
        high = np.fmax.reduceat(values, starts)
    return records["step"][ends].astype(np.int64), low, high, values[ends]


def _bucket_starts(values: npt.NDArray[np.float64], buckets: int) -> npt.NDArray[np.int64]:
    """First index of each bucket: even cuts, plus cuts around runs that are not finite."""
    count = len(values)
    if count <= buckets:
        return np.arange(count)
    finite = np.isfinite(values)
    # A cut wherever the kind of value changes; NaN, +inf and -inf are different kinds.
    kind = np.where(finite, 0, np.where(np.isnan(values), 1, np.where(values > 0, 2, 3)))
    cuts = np.flatnonzero(np.diff(kind)) + 1
    if len(cuts) > buckets // 2:
        cuts = cuts[:0]
    even = np.linspace(0, count, buckets - len(cuts), endpoint=False, dtype=np.int64)
    return np.union1d(even, cuts)


__all__ = ["RECORD", "bucket_records", "read_series"]
