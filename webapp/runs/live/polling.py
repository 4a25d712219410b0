"""The polling fallback: the same messages as over the socket, asked for one at a time.

For networks that block websockets, for scripts with an API token, and for the ninth tab.
"""

from __future__ import annotations

from training.folder.layout import JobFolder
from training.folder.series import read_index
from webapp.jobs.models import Job
from webapp.runs.live.messages import Delta, FromServer
from webapp.runs.live.position import Position, end_position, parse_position
from webapp.runs.live.reading import read_delta, read_snapshot, snapshot_of
from webapp.runs.live.sentences import told
from webapp.runs.live.state import job_state


def poll(
    job: Job, given: object, *, series: frozenset[str] | None, buckets: int
) -> list[FromServer]:
    """A snapshot of the series for which no cursor was given, then one delta (bounded)."""
    folder: JobFolder = job.folder
    position = parse_position(given, end=end_position(folder))
    messages: list[FromServer] = []
    missing = _missing(folder, position, series) if buckets > 0 else frozenset()
    if missing:
        found, cursors = read_snapshot(folder, series=missing, buckets=buckets)
        messages.append(snapshot_of(found, cursors))
        position = position.with_series(cursors)
    read = read_delta(folder, position, series=series)
    messages.append(
        Delta(
            type="delta",
            to=read.position.as_dict(),
            series=read.series,
            events=[told(event) for event in read.events],
            log=read.log,
            job=job_state(job),
        )
    )
    return messages


def _missing(
    folder: JobFolder, position: Position, wanted: frozenset[str] | None
) -> frozenset[str]:
    """Names of series that have no cursor yet: told by the index, without reading a series."""
    names = frozenset(read_index(folder.metrics)) - position.series.keys()
    return names if wanted is None else names & wanted
