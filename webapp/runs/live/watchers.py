"""Which jobs are watched now, in this process: tailers by job, and one poll of the state row.

While anybody looks, the number of the newest state change is read twice a second (one query,
whatever the number of jobs and sockets); rows are read again only when it has risen. While nobody
looks, nothing runs.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import DatabaseError

from webapp.jobs.models import Job, StateVersion
from webapp.runs.live.tailer import Tailer

POLL_SECONDS = 0.5

logger = logging.getLogger(__name__)


class Watchers:
    """Tailers of one event loop."""

    def __init__(self) -> None:
        self._tailers: dict[uuid.UUID, Tailer] = {}
        self._users: dict[uuid.UUID, int] = {}
        self._poll: asyncio.Task[None] | None = None

    @property
    def num_watched(self) -> int:
        """Jobs with a tailer now."""
        return len(self._tailers)

    def acquire(self, job: Job) -> Tailer:
        """The tailer of this job, started if nobody looked before. Release it once."""
        if job.pk not in self._tailers:
            self._tailers[job.pk] = Tailer(job)
            self._tailers[job.pk].start()
        self._users[job.pk] = self._users.get(job.pk, 0) + 1
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._poll_states(), name="poll states")
        return self._tailers[job.pk]

    def release(self, tailer: Tailer) -> None:
        """One user less; the last one stops the tailer, and the last tailer the poll."""
        job_id = tailer.job.pk
        self._users[job_id] -= 1
        if self._users[job_id]:
            return
        del self._users[job_id]
        self._tailers.pop(job_id).stop()
        if not self._tailers and self._poll is not None:
            self._poll.cancel()
            self._poll = None

    async def _poll_states(self) -> None:
        seen = -1
        while True:
            try:
                number = await _state_number()
                if number != seen:
                    seen = number
                    await self._refresh()
            except DatabaseError:
                logger.exception("Job states cannot be read at the moment")
            await asyncio.sleep(POLL_SECONDS)

    async def _refresh(self) -> None:
        for job in await _jobs(list(self._tailers)):
            tailer = self._tailers.get(job.pk)
            if tailer is not None and tailer.job.version != job.version:
                tailer.set_job(job)


_watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Watchers] = WeakKeyDictionary()


def watchers() -> Watchers:
    """Those of the running event loop."""
    return _watchers.setdefault(asyncio.get_running_loop(), Watchers())


@database_sync_to_async
def _state_number() -> int:
    row = StateVersion.objects.first()
    return row.number if row else 0


@database_sync_to_async
def _jobs(ids: list[uuid.UUID]) -> list[Job]:
    return list(Job.objects.filter(pk__in=ids))
