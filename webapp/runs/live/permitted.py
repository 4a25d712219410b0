"""A websocket on one job: who may open it is asked before, and again every minute while it is open.

It counts among the sockets of its user, ends with the session, and leaves no task behind in
whatever way it ends. What is said over it is the subclass's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation
from django.utils.translation import gettext

from webapp.accounts.models import User
from webapp.core.languages import browser_language
from webapp.core.roles import Role
from webapp.jobs.models import Job
from webapp.runs.live import sockets
from webapp.runs.live.messages import MAX_INCOMING_BYTES, Refused, dumps
from webapp.runs.live.permission import job_for_session

CHECK_SECONDS = 60.0
CLOSE_ENDED = 4401
CLOSE_TOO_MANY = 4429
CLOSE_TOO_LONG = 1009
CLOSE_FAULT = 1011

logger = logging.getLogger(__name__)


class PermittedConsumer(AsyncWebsocketConsumer, ABC):
    """Base of our websockets; their route has the job's id as ``job_id``."""

    #: The least that somebody must be in the job's project.
    needs: ClassVar[Role] = Role.VIEWER
    #: A longer message ends the socket.
    max_incoming_bytes: ClassVar[int] = MAX_INCOMING_BYTES
    # Nothing arrives from a channel layer; without this each socket would poll Redis.
    channel_layer_alias = ""
    _socket: sockets.OpenSocket | None = None

    def __init__(self) -> None:
        super().__init__()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Until the socket has ended, in whatever way: nothing is left running then."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.let_go()

    async def connect(self) -> None:
        """Accept those who may and have not too many sockets; refuse the others."""
        found = await self._permitted()
        if found is None:
            await self.close()
            return
        user, job = found
        self.language = user.language or browser_language(self.scope)
        await self.accept()
        if not sockets.has_room(user.pk):
            await self.close(code=CLOSE_TOO_MANY)
            return
        key = self.scope["session"].session_key
        self._socket = sockets.OpenSocket(user.pk, key, lambda: self.close(code=CLOSE_ENDED))
        sockets.add(self._socket)
        self.opened(job)
        self.spawn(self._check())

    @abstractmethod
    def opened(self, job: Job) -> None:
        """The socket is open."""

    @abstractmethod
    async def answer(self, message: dict[str, Any]) -> None:
        """One message from the page; whatever it holds."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """What came in, within bounds; what cannot be understood is refused with a sentence."""
        if len(text_data or bytes_data or "") > self.max_incoming_bytes:
            await self.close(code=CLOSE_TOO_LONG)
            return
        try:
            await self.answer(json.loads(text_data or ""))
        except OSError:
            # The browser went while it was answered: nobody is left to be told.
            raise
        except Exception:
            # Boundary: whatever a client sends must not end the process or the other sockets.
            logger.warning("A message on a socket could not be answered", exc_info=True)
            with translation.override(self.language):
                message = gettext("This message was not understood.")
            await self.send(dumps(Refused(type="refused", message=message)))

    def let_go(self) -> None:
        """The socket has ended: cancel what runs for it. May be called for one never opened."""
        if self._socket is not None:
            sockets.discard(self._socket)
        for task in self._tasks:
            task.cancel()

    def spawn(self, work: Any) -> asyncio.Task[None]:
        """Run ``work`` until it ends or the socket does; if it falls, the socket ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def _check(self) -> None:
        """Close when the session or the membership has ended."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if await self._permitted() is None:
                await self.close(code=CLOSE_ENDED)
                return

    async def _permitted(self) -> tuple[User, Job] | None:
        job_id: uuid.UUID = self.scope["url_route"]["kwargs"]["job_id"]
        return await job_for_session(self.scope["session"].session_key, job_id, self.needs)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that fell ends its socket; the page comes back with its position."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # An OSError is a send to a browser that has just gone.
        if error is not None and not isinstance(error, OSError):
            logger.error("A socket on a job ends", exc_info=error)
            self._tasks.add(asyncio.create_task(self.close(code=CLOSE_FAULT)))
