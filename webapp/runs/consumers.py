"""The websocket of a run page: one job, one socket per tab. Sends only; changes nothing.

What is sent is decided by the tailer; here are permission, limits and the pump. The pump holds
one message at a time: while the browser has not taken it, later ones are not even made.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from webapp.jobs.models import Job
from webapp.runs.live.faults import FolderFaultError
from webapp.runs.live.messages import (
    DEFAULT_BUCKETS,
    MAX_BUCKETS,
    Pong,
    dumps,
)
from webapp.runs.live.pace import Pace
from webapp.runs.live.permitted import CLOSE_FAULT, PermittedConsumer
from webapp.runs.live.tailer import Audience, Reader, Tailer
from webapp.runs.live.watchers import watchers

#: Subscriptions of one socket within so many seconds; a page needs one when it is opened or shown,
#: and one at a rewind.
MAX_SUBSCRIPTIONS = 8
SUBSCRIPTION_SECONDS = 8.0


class JobConsumer(PermittedConsumer):
    """`/ws/jobs/<uuid>/`; messages in `live.messages`."""

    _tailer: Tailer | None = None
    _reader: Reader | None = None

    def __init__(self) -> None:
        super().__init__()
        self._pace = Pace(MAX_SUBSCRIPTIONS, SUBSCRIPTION_SECONDS)

    def opened(self, job: Job) -> None:
        """Watch the job's folder, with the others who do."""
        self._tailer = watchers().acquire(job)

    async def answer(self, message: dict[str, Any]) -> None:
        """One message from the page."""
        try:
            await self._answer(message)
        except FolderFaultError:
            # The tailer has logged it; the page comes back with its position.
            await self.close(code=CLOSE_FAULT)

    async def _answer(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ping":
            await self.send(dumps(Pong(type="pong", time=time.time())))
        elif kind == "subscribe":
            await self._subscribe(message)
        elif kind == "unsubscribe":
            self._unsubscribe()
        else:
            raise ValueError(f"unknown message type {kind!r}")

    async def _subscribe(self, message: dict[str, Any]) -> None:
        """Begin to send, instead of what was subscribed before."""
        if self._tailer is None:
            return
        names = message.get("series")
        audience = Audience(None if names is None else frozenset(map(str, names)), self.language)
        buckets = min(int(message.get("buckets", DEFAULT_BUCKETS)), MAX_BUCKETS)
        await self._take_turn()
        self._unsubscribe()
        reader, text = await self._tailer.join(audience, message.get("position"), buckets)
        self._reader = reader
        self._pump_task = self.spawn(self._pump(self._tailer, reader, text))

    async def _take_turn(self) -> None:
        """Each subscription reads files: what comes faster than a page needs waits for its turn."""
        await asyncio.sleep(self._pace.wait_seconds())
        self._pace.mark()

    def _unsubscribe(self) -> None:
        if self._reader is not None and self._tailer is not None:
            self._pump_task.cancel()
            self._tailer.leave(self._reader)
            self._reader = None

    async def _pump(self, tailer: Tailer, reader: Reader, first: str) -> None:
        """Send ``first`` and what is new, as fast as the browser takes it and never more."""
        if first:
            await self.send(first)
        while True:
            await reader.wake.wait()
            reader.wake.clear()
            while text := await tailer.next_text(reader):
                await self.send(text)

    def let_go(self) -> None:
        """Nobody reads for this socket any more."""
        super().let_go()
        self._unsubscribe()
        if self._tailer is not None:
            watchers().release(self._tailer)
            self._tailer = None
