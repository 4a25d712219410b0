"""When the disk will be full: from how fast the free space has shrunk during the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.folder.blocks import read_buckets
from training.folder.layout import JobFolder
from training.folder.series import read_generation, read_index, series_path

FREE = "system/disk_free_bytes"
FOLDER = "system/folder_bytes"
#: The slope is that of the newest points, over so many seconds at most.
_WINDOW_SECONDS = 6 * 3600
_MIN_SECONDS = 60.0


@dataclass(frozen=True)
class DiskOutlook:
    """Bytes, and bytes per second by which the disk fills (all of it, not only this run)."""

    free_bytes: float
    folder_bytes: float | None
    bytes_per_second: float

    @property
    def bytes_per_hour(self) -> float:
        """Of what fills."""
        return 3600 * self.bytes_per_second

    @property
    def full_in_seconds(self) -> float | None:
        """At this pace; None while the disk does not fill, or not within a year."""
        if self.bytes_per_second <= 0:
            return None
        seconds = self.free_bytes / self.bytes_per_second
        return seconds if seconds < 365 * 86_400 else None


def disk_outlook(folder: JobFolder) -> DiskOutlook | None:
    """None before the disk was looked at twice."""
    free = _values(folder, FREE)
    if free is None or len(free[0]) < 2:
        return None
    times, values = free
    recent = times >= times[-1] - _WINDOW_SECONDS
    times, shown = times[recent], values[recent]
    has_pace = len(times) > 2 and times[-1] - times[0] >= _MIN_SECONDS
    slope = float(np.polyfit(times - times[0], shown, 1)[0]) if has_pace else 0.0
    own = _values(folder, FOLDER)
    return DiskOutlook(float(values[-1]), float(own[1][-1]) if own else None, -slope)


def _values(
    folder: JobFolder, name: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...] | None:
    series_id = read_index(folder.metrics).get(name)
    if series_id is None:
        return None
    generation = int(read_generation(folder.metrics)["generation"])
    read = read_buckets(series_path(folder.metrics, series_id), generation, 400)
    finite = np.isfinite(read.last)
    return (read.time[finite], read.last[finite]) if finite.any() else None
