"""One tailer per watched job: reads what was appended and wakes the sockets that look at it.

Every flush is read once and turned into text once per kind of audience, however many sockets
there are. A socket that could not take a flush in time skips it and is sent the union later, read
from the folder by its own position: nothing is queued. Nothing runs while nobody looks.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import translation

from training.folder.layout import JobFolder
from webapp.jobs.models import Job
from webapp.runs.live.messages import Delta, Snapshot, dumps
from webapp.runs.live.position import Position, end_position, parse_position
from webapp.runs.live.reading import Read, read_delta, read_snapshot
from webapp.runs.live.sentences import told
from webapp.runs.live.state import job_state
from webapp.runs.live.watch import Signature, files_signature

MAX_FLUSHES_PER_SECOND = 4
_LEAST_SECONDS = 0.1
#: Events and log lines alone wait so long for points to travel with: a flush for each line would
#: make the points behind it wait.
TEXT_SECONDS = 0.5
#: How often the sizes of the files are looked at (a few microseconds).
LOOK_SECONDS = 0.03
_SNAPSHOT_SECONDS = 1.0
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


class _Pace:
    """At most four flushes in any second, but two may be close together: an early one (the writer
    saved a checkpoint) then does not make the next wait."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MAX_FLUSHES_PER_SECOND)

    def mark(self) -> None:
        self._times.append(time.monotonic())

    def idle_seconds(self) -> float:
        """Since the last flush."""
        return time.monotonic() - self._times[-1] if self._times else math.inf

    def wait_seconds(self) -> float:
        """Until the next may be made."""
        waits = [_LEAST_SECONDS - self.idle_seconds()]
        if len(self._times) == MAX_FLUSHES_PER_SECOND:
            waits.append(self._times[0] + 1.0 - time.monotonic())
        return max(0.0, *waits)


class Tailer:
    """The one reader of one job's folder. ``set_job`` is called by whoever polls the rows."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._folder: JobFolder = job.folder
        self._readers: set[Reader] = set()
        self._position = Position()
        self._last: _Flush | None = None
        self._lock = asyncio.Lock()
        self._snapshots: dict[tuple[Audience, int], tuple[float, str, Position]] = {}
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()

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
        """A reader from a client's position on; the text is a snapshot of what it lacks, or ""."""
        await self._started.wait()
        async with self._lock:
            position = parse_position(given, end=self._position)
            text = ""
            if buckets > 0 and self._lacks(position, audience):
                text, snapshot = await self._snapshot(audience, buckets, set(position.series))
                series = {**snapshot.series, **position.series}
                position = Position(series, position.events, position.wrapper_events, position.log)
        reader = Reader(audience, position)
        reader.wake.set()
        self._readers.add(reader)
        return reader, text

    def leave(self, reader: Reader) -> None:
        """This socket looks no more."""
        self._readers.discard(reader)

    async def next_text(self, reader: Reader) -> str:
        """What the reader has not been sent, as one message; "" when it has everything."""
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
                read = await asyncio.to_thread(
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
        self, audience: Audience, buckets: int, has: set[str]
    ) -> tuple[str, Position]:
        """Kept for a second, so that twenty tabs that come back at once cost one reading."""
        key = (audience, buckets)
        made, text, position = self._snapshots.get(key, (0.0, "", Position()))
        if not has and time.monotonic() - made < _SNAPSHOT_SECONDS:
            return text, position
        wanted = audience.series
        if has:
            wanted = frozenset(audience.series or self._position.series) - has
        series, cursors = await asyncio.to_thread(
            read_snapshot, self._folder, series=wanted, buckets=buckets
        )
        position = Position(cursors)
        given_out = {name: list(cursor) for name, cursor in cursors.items()}
        text = dumps(Snapshot(type="snapshot", series=series, cursors=given_out))
        if not has:
            self._snapshots[key] = (time.monotonic(), text, position)
        return text, position

    async def _run(self) -> None:
        self._position = await asyncio.to_thread(end_position, self._folder)
        self._started.set()
        seen: Signature | None = None
        pace = _Pace()
        while True:
            try:
                signature = await asyncio.to_thread(files_signature, self._folder)
                is_news = _is_news(signature, seen, is_due=pace.idle_seconds() >= TEXT_SECONDS)
                if is_news and await self._flush():
                    pace.mark()
                    # One flush is bounded: when it was full, look again in any case.
                    seen = None if self._last and self._last.read.is_full else signature
                elif is_news or seen is None:
                    seen = signature
            except (OSError, ValueError):
                # A folder that is being deleted, a damaged line: the page stays, and says so.
                logger.exception("Job %s cannot be followed at the moment", self.job.pk)
                await asyncio.sleep(_FAULT_SECONDS)
            await asyncio.sleep(max(LOOK_SECONDS, pace.wait_seconds()))

    async def _flush(self) -> bool:
        async with self._lock:
            read = await asyncio.to_thread(read_delta, self._folder, self._position)
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
