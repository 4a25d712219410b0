"""The websocket of a run page: one job, one socket per tab. Sends only; changes nothing.

What is sent is decided by the tailer; here are permission, limits and the pump. The pump holds
one message at a time: while the browser has not taken it, later ones are not even made.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation
from django.utils.translation import gettext

from webapp.core.languages import browser_language
from webapp.jobs.models import Job
from webapp.runs.live import sockets
from webapp.runs.live.faults import FolderFaultError
from webapp.runs.live.messages import (
    DEFAULT_BUCKETS,
    MAX_BUCKETS,
    MAX_INCOMING_BYTES,
    Pong,
    Refused,
    dumps,
)
from webapp.runs.live.pace import Pace
from webapp.runs.live.permission import job_for_session
from webapp.runs.live.tailer import Audience, Reader, Tailer
from webapp.runs.live.watchers import watchers

CHECK_SECONDS = 60.0
#: Subscriptions of one socket within so many seconds; a page needs one when it is opened or shown,
#: and one at a rewind.
MAX_SUBSCRIPTIONS = 8
SUBSCRIPTION_SECONDS = 8.0
CLOSE_ENDED = 4401
CLOSE_TOO_MANY = 4429
CLOSE_TOO_LONG = 1009
CLOSE_FAULT = 1011

logger = logging.getLogger(__name__)


class JobConsumer(AsyncWebsocketConsumer):
    """`/ws/jobs/<uuid>/`; messages in `live.messages`."""

    # Nothing arrives from a channel layer; without this each socket would poll Redis.
    channel_layer_alias = ""
    _tailer: Tailer | None = None
    _socket: sockets.OpenSocket | None = None
    _reader: Reader | None = None

    def __init__(self) -> None:
        super().__init__()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pace = Pace(MAX_SUBSCRIPTIONS, SUBSCRIPTION_SECONDS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Until the socket has ended, in whatever way: nothing is left running then."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._let_go()

    async def connect(self) -> None:
        """Accept those who may see the job and have not too many sockets; refuse the others."""
        found = await self._permitted()
        if found is None:
            await self.close()
            return
        user, job = found
        self._language = user.language or browser_language(self.scope)
        await self.accept()
        if not sockets.has_room(user.pk):
            await self.close(code=CLOSE_TOO_MANY)
            return
        key = self.scope["session"].session_key
        self._socket = sockets.OpenSocket(user.pk, key, lambda: self.close(code=CLOSE_ENDED))
        sockets.add(self._socket)
        self._tailer = watchers().acquire(job)
        self._spawn(self._check())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message from the page."""
        if len(text_data or bytes_data or "") > MAX_INCOMING_BYTES:
            await self.close(code=CLOSE_TOO_LONG)
            return
        try:
            await self._answer(json.loads(text_data or ""))
        except FolderFaultError:
            # The tailer has logged it; the page comes back with its position.
            await self.close(code=CLOSE_FAULT)
        except OSError:
            # The browser went while it was answered: nobody is left to be told.
            raise
        except Exception:
            # Boundary: whatever a client sends must not end the process or the other sockets.
            logger.warning("A message on a socket could not be answered", exc_info=True)
            with translation.override(self._language):
                message = gettext("This message was not understood.")
            await self.send(dumps(Refused(type="refused", message=message)))

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
        audience = Audience(None if names is None else frozenset(map(str, names)), self._language)
        buckets = min(int(message.get("buckets", DEFAULT_BUCKETS)), MAX_BUCKETS)
        await self._take_turn()
        self._unsubscribe()
        reader, text = await self._tailer.join(audience, message.get("position"), buckets)
        self._reader = reader
        self._pump_task = self._spawn(self._pump(self._tailer, reader, text))

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

    async def _check(self) -> None:
        """Close when the session or the membership has ended."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if await self._permitted() is None:
                await self.close(code=CLOSE_ENDED)
                return

    async def _permitted(self) -> tuple[Any, Job] | None:
        job_id: uuid.UUID = self.scope["url_route"]["kwargs"]["job_id"]
        return await job_for_session(self.scope["session"].session_key, job_id)

    def _let_go(self) -> None:
        if self._socket is not None:
            sockets.discard(self._socket)
        for task in self._tasks:
            task.cancel()
        self._unsubscribe()
        if self._tailer is not None:
            watchers().release(self._tailer)
            self._tailer = None

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that fell ends its socket; the page comes back with its position."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # An OSError is a send to a browser that has just gone.
        if error is not None and not isinstance(error, OSError):
            logger.error("The socket of a run page ends", exc_info=error)
            self._tasks.add(asyncio.create_task(self.close(code=CLOSE_FAULT)))
