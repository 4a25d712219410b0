"""The 24-byte metric record and the files that hold it.

A series file is nothing but records: step (int64), unix time (float64), value (float64), little
endian. NaN and infinities are values. A partial record at the end (killed while writing) is
ignored by readers and cut off by the next writer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

RECORD = np.dtype([("step", "<i8"), ("time", "<f8"), ("value", "<f8")])
RECORD_BYTES = 24


def map_records(path: Path, start: int = 0, stop: int | None = None) -> npt.NDArray[np.void]:
    """Records ``start`` to ``stop`` of a file as an array of dtype ``RECORD``; empty if missing."""
    try:
        with path.open("rb") as file:
            file.seek(start * RECORD_BYTES)
            data = file.read(-1 if stop is None else max(0, stop - start) * RECORD_BYTES)
    except FileNotFoundError:
        data = b""
    return np.frombuffer(data, dtype=RECORD, count=len(data) // RECORD_BYTES)


def num_records(path: Path) -> int:
    """Whole records in a file; 0 if missing."""
    try:
        return path.stat().st_size // RECORD_BYTES
    except FileNotFoundError:
        return 0
