"""ASGI wrapper around Django: request bodies are bounded, and those of uploads are not collected.

Django under ASGI writes every body to a temporary file before a view runs, whatever its size and
whoever sends it. Here a body longer than `MAX_BODY_BYTES` is refused with 413 while it arrives,
and for `STREAMED` routes the view reads the body itself, piece by piece, from ``scope[BODY]``.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from webapp.core.errors import error_body
from webapp.core.languages import browser_language

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY = "trainyard.body"
STREAMED = re.compile(r"^/api/v1/upload-files/[0-9a-f-]+/$")
MAX_BODY_BYTES = 8 << 20


class BodyCutError(Exception):
    """The client went away in the middle of its body."""


class Body:
    """A request body as it arrives; can be read once."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._told = False
        self._over = asyncio.Event()
        self._gone = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The pieces in order; BodyCutError when the client goes away before the last one."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._gone = True
                self._over.set()
                raise BodyCutError
            yield message.get("body", b"")
            if not message.get("more_body", False):
                self._over.set()
                return

    async def for_django(self) -> Message:
        """What Django is told: an empty body, and later whether the client has gone."""
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"} if self._gone else await self._receive()


class BoundedBodies:
    """The application behind it never sees more of a body than it can take."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Stream, bound, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "PATCH" and STREAMED.match(scope["path"]):
            body = Body(receive)
            await self._app({**scope, BODY: body}, body.for_django, send)
        elif _announced(scope) > MAX_BODY_BYTES:
            await _refuse(scope, send)
        else:
            await self._bounded(scope, receive, send)

    async def _bounded(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """For bodies whose length is not announced: the first byte too many ends the request."""
        seen, refused = 0, False

        async def counted() -> Message:
            nonlocal seen, refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                refused = True
                return {"type": "http.disconnect"}
            return message

        async def guarded(message: Message) -> None:
            if not refused:
                await send(message)

        await self._app(scope, counted, guarded)
        if refused:
            await _refuse(scope, send)


def _announced(scope: MutableMapping[str, Any]) -> int:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


async def _refuse(scope: MutableMapping[str, Any], send: Send) -> None:
    with translation.override(browser_language(scope)):
        message = gettext("The request is longer than %(most)s bytes; send uploads in chunks.")
    text = json.dumps(error_body(message % {"most": MAX_BODY_BYTES})).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
