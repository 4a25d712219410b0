"""A stop asked of a verb that keeps no state: its half-written output goes, and it ends well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.events import EventKind
from training.folder.job import Job

#: Of verbs that write below their work folder.
KEPT = "What was computed is kept for a resume."


class StopRequestedError(Exception):
    """Somebody asked the job to end; raised where it is safe to leave."""


def check_stop(job: Job) -> None:
    """Raise StopRequestedError when a stop or a pause is wanted."""
    if wanted := job.stop_wanted():
        raise StopRequestedError(wanted)


def raise_if_stopped(stop: Path) -> None:
    """The same in a worker, which has only the path of the request."""
    if stop.exists():
        raise StopRequestedError("stop")


@contextmanager
def ends_on_stop(job: Job, message: str = "Nothing was kept.") -> Iterator[None]:
    """End quietly on a stop, with the event ``stopped``; nothing is left in ``output``."""
    try:
        yield
    except StopRequestedError as request:
        job.events.write(EventKind.STOPPED, wanted=str(request), message=message)
