"""The polling fallback: the same messages as over the socket, asked for one at a time.

For networks that block websockets, for scripts with an API token, and for the ninth tab.
"""

from __future__ import annotations

from training.folder.layout import JobFolder
from webapp.jobs.models import Job
from webapp.runs.live.messages import Delta, FromServer, Snapshot
from webapp.runs.live.position import Position, end_position, parse_position
from webapp.runs.live.reading import read_delta, read_snapshot
from webapp.runs.live.sentences import told
from webapp.runs.live.state import job_state


def poll(
    job: Job, given: object, *, series: frozenset[str] | None, buckets: int
) -> list[FromServer]:
    """A snapshot of the series for which no cursor was given, then one delta (bounded)."""
    folder: JobFolder = job.folder
    position = parse_position(given, end=end_position(folder))
    messages: list[FromServer] = []
    if buckets > 0:
        found, cursors = read_snapshot(folder, series=series, buckets=buckets)
        missing = {name for name in found if name not in position.series}
        if missing:
            messages.append(
                Snapshot(
                    type="snapshot",
                    series={name: found[name] for name in missing},
                    cursors={name: list(cursors[name]) for name in missing},
                )
            )
            merged = {**{name: cursors[name] for name in missing}, **position.series}
            position = Position(merged, position.events, position.wrapper_events, position.log)
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
