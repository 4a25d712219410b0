"""One tailer per watched job: reads what was appended and wakes the sockets that look at it.

Every flush is read once and turned into text once per kind of audience, however many sockets
there are. A socket that could not take a flush in time skips it and is sent the union later, read
from the folder by its own position: nothing is queued. Nothing runs while nobody looks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import translation

from training.folder.cursor import Cursor
from training.folder.layout import JobFolder
from webapp.jobs.models import Job
from webapp.runs.live.faults import FolderFaultError, in_thread
from webapp.runs.live.messages import Delta, dumps
from webapp.runs.live.pace import Pace
from webapp.runs.live.position import Position, end_position, parse_position
from webapp.runs.live.reading import Read, read_delta
from webapp.runs.live.sentences import told
from webapp.runs.live.snapshots import Snapshots
from webapp.runs.live.state import job_state
from webapp.runs.live.watch import Signature, files_signature

MAX_FLUSHES_PER_SECOND = 4
_LEAST_SECONDS = 0.1
#: Events and log lines alone wait so long for points to travel with: a flush for each line would
#: make the points behind it wait.
TEXT_SECONDS = 0.5
#: How often the sizes of the files are looked at (a few microseconds).
LOOK_SECONDS = 0.03
_FAULT_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Audience(NamedTuple):
    """Sockets of one audience are sent the same text. ``series`` None means all."""

    series: frozenset[str] | None
    language: str


@dataclass(eq=False)
class Reader:
    """What one socket has been sent so far."""

    audience: Audience
    position: Position
    job_version: int = -1
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class _Flush:
    before: Position
    job_version: int
    read: Read
    texts: dict[Audience, str] = field(default_factory=dict)

    def text(self, audience: Audience) -> str:
        if audience not in self.texts:
            self.texts[audience] = delta_text(self.read, audience)
        return self.texts[audience]


class Tailer:
    """The one reader of one job's folder. ``set_job`` is called by whoever polls the rows."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._folder: JobFolder = job.folder
        self._readers: set[Reader] = set()
        self._position = Position()
        self._last: _Flush | None = None
        self._lock = asyncio.Lock()
        self._snapshots = Snapshots(self._folder)
        self._task: asyncio.Task[None] | None = None
        self._has_begun = False

    @property
    def is_idle(self) -> bool:
        """Whether nobody looks."""
        return not self._readers

    def start(self) -> None:
        """Begin to look at the folder."""
        self._task = asyncio.create_task(self._run(), name=f"tail {self.job.pk}")

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def set_job(self, job: Job) -> None:
        """The row has changed: tell everybody."""
        self.job = job
        self._wake_all()

    async def join(self, audience: Audience, given: object, buckets: int) -> tuple[Reader, str]:
        """A reader from a client's position on; the text is a snapshot of what it lacks, or "".

        FolderFaultError when the folder cannot be read now.
        """
        async with self._lock:
            await self._begin()
            position = parse_position(given, end=self._position)
            text = ""
            if buckets > 0 and self._lacks(position, audience):
                text, cursors = await self._snapshot(position, audience, buckets)
                position = position.with_series(cursors)
        reader = Reader(audience, position)
        reader.wake.set()
        self._readers.add(reader)
        return reader, text

    def leave(self, reader: Reader) -> None:
        """This socket looks no more."""
        self._readers.discard(reader)

    async def next_text(self, reader: Reader) -> str:
        """What the reader has not been sent, as one message; "" when it has everything.

        FolderFaultError when the folder cannot be read now.
        """
        last = self._last
        if last and reader.position is last.before and reader.job_version == self.job.version:
            reader.position = last.read.position
            return last.text(reader.audience)
        if reader.position is self._position and reader.job_version == self.job.version:
            return ""
        return await self._union(reader)

    async def _union(self, reader: Reader) -> str:
        """Everything between the reader's position and ours, as far as one message holds."""
        async with self._lock:
            until = self._position
            read = Read(until)
            if reader.position is not until:
                read = await in_thread(
                    read_delta,
                    self._folder,
                    reader.position,
                    series=reader.audience.series,
                    until=until,
                )
            reader.position = until if _has_reached(read.position, until, reader) else read.position
            job = self.job if reader.job_version != self.job.version else None
            if read.is_empty and job is None:
                return ""
            reader.job_version = self.job.version
            return delta_text(read, reader.audience, job)

    def _lacks(self, position: Position, audience: Audience) -> bool:
        wanted = audience.series if audience.series is not None else self._position.series.keys()
        return any(name not in position.series for name in wanted)

    async def _snapshot(
        self, position: Position, audience: Audience, buckets: int
    ) -> tuple[str, Mapping[str, Cursor]]:
        """Of what the audience wants and the position has no cursor for."""
        wanted = audience.series
        if position.series:
            wanted = frozenset(wanted or self._position.series).difference(position.series)
        return await self._snapshots.of(wanted, buckets)

    async def _run(self) -> None:
        seen: Signature | None = None
        pace = Pace(MAX_FLUSHES_PER_SECOND, 1.0, least_seconds=_LEAST_SECONDS)
        while True:
            try:
                seen = await self._look(seen, pace)
            except FolderFaultError:
                # It is being deleted, or a disk is at fault: the page stays, and it is tried again.
                logger.exception("Job %s cannot be followed at the moment", self.job.pk)
                await asyncio.sleep(_FAULT_SECONDS)
            await asyncio.sleep(max(LOOK_SECONDS, pace.wait_seconds()))

    async def _look(self, seen: Signature | None, pace: Pace) -> Signature | None:
        """Flush if anything was appended since ``seen``; what the next look compares with."""
        async with self._lock:
            await self._begin()
        signature = await in_thread(files_signature, self._folder)
        if not _is_news(signature, seen, is_due=pace.idle_seconds() >= TEXT_SECONDS):
            return seen
        if not await self._flush():
            return signature
        pace.mark()
        # One flush is bounded: when it was full, look again in any case.
        return None if self._last and self._last.read.is_full else signature

    async def _begin(self) -> None:
        """Stand behind everything that is there, once; the caller holds the lock."""
        if not self._has_begun:
            self._position = await in_thread(end_position, self._folder)
            self._has_begun = True

    async def _flush(self) -> bool:
        async with self._lock:
            read = await in_thread(read_delta, self._folder, self._position)
            if read.is_empty and read.position == self._position:
                return False
            self._last = _Flush(self._position, self.job.version, read)
            self._position = read.position
        self._wake_all()
        return True

    def _wake_all(self) -> None:
        for reader in self._readers:
            reader.wake.set()


def delta_text(read: Read, audience: Audience, job: Job | None = None) -> str:
    """What was read as a message for this audience: its series, its language."""
    series = {
        name: stretches
        for name, stretches in read.series.items()
        if audience.series is None or name in audience.series
    }
    with translation.override(audience.language):
        delta = Delta(
            type="delta",
            to=read.position.as_dict(),
            series=series,
            events=[told(event) for event in read.events],
            log=read.log,
        )
        if job is not None:
            delta["job"] = job_state(job)
    return dumps(delta)


def _is_news(signature: Signature, seen: Signature | None, *, is_due: bool) -> bool:
    if seen is None or signature.metrics != seen.metrics:
        return True
    return is_due and signature.texts != seen.texts


def _has_reached(position: Position, until: Position, reader: Reader) -> bool:
    """Whether this reader, looking at its series only, stands where the tailer does."""
    wanted = reader.audience.series
    names = until.series.keys() if wanted is None else wanted & until.series.keys()
    return (
        position.events == until.events
        and position.wrapper_events == until.wrapper_events
        # A character may be torn at the end of the log as it was when the tailer began.
        and until.log - position.log < 4
        and all(position.series.get(name) == until.series[name] for name in names)
    )
