"""Snapshots of one job's series as text, each kept for a second.

Twenty tabs that come back at once then cost one reading; a client that asks for another number of
buckets every time leaves nothing behind.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from training.folder.cursor import Cursor
from training.folder.layout import JobFolder
from webapp.runs.live.faults import in_thread
from webapp.runs.live.messages import dumps
from webapp.runs.live.reading import read_snapshot, snapshot_of

KEEP_SECONDS = 1.0

Series = frozenset[str] | None
Snapshot = tuple[str, Mapping[str, Cursor]]


class Snapshots:
    """Those of the last second."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._made: dict[tuple[Series, int], tuple[float, Snapshot]] = {}

    def __len__(self) -> int:
        return len(self._made)

    async def of(self, series: Series, buckets: int) -> Snapshot:
        """The message, and the cursors that it gives out; ``series`` None means all."""
        self._drop_old()
        key = (series, buckets)
        if key not in self._made:
            found, cursors = await in_thread(
                read_snapshot, self._folder, series=series, buckets=buckets
            )
            made = dumps(snapshot_of(found, cursors)), cursors
            self._made[key] = (time.monotonic(), made)
        return self._made[key][1]

    def _drop_old(self) -> None:
        oldest = time.monotonic() - KEEP_SECONDS
        self._made = {key: made for key, made in self._made.items() if made[0] > oldest}
