"""A websocket of the real application in this process: no port, the test's own database."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any

from asgiref.testing import ApplicationCommunicator

from webapp.asgi import application

_SECONDS = 10


def scope_of(path: str, cookies: SimpleCookie) -> dict[str, Any]:
    """What a server says of such a browser."""
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    headers = [(b"cookie", cookie.encode()), (b"origin", b"http://localhost")]
    return {"type": "websocket", "path": path, "headers": headers, "subprotocols": []}


class Socket:
    """What a browser with these cookies opens. ``code`` is what it was closed with, once it was."""

    def __init__(self, path: str, cookies: SimpleCookie) -> None:
        self._application = ApplicationCommunicator(application, scope_of(path, cookies))
        self.code: int | None = None

    async def open(self) -> bool:
        """Whether it was accepted."""
        await self._application.send_input({"type": "websocket.connect"})
        return await self._next() is not None and self.code is None

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self._application.send_input(
            {"type": "websocket.receive", "text": json.dumps(message)}
        )

    async def hear(self) -> dict[str, Any] | None:
        """The next message; None when the server closes."""
        output = await self._next()
        return None if output is None else json.loads(output["text"])

    async def leave(self) -> None:
        """The browser goes; returns when the application has let go of everything."""
        await self._application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._application.wait(_SECONDS)

    async def end(self) -> None:
        """The server goes down with whatever it is doing for this socket."""
        self._application.stop(exceptions=False)

    async def _next(self) -> dict[str, Any] | None:
        output: dict[str, Any] = await self._application.receive_output(_SECONDS)
        if output["type"] == "websocket.close":
            self.code = int(output.get("code", 1000))
            return None
        return output
