"""Request bodies: bounded for everybody, handed on piece by piece for uploads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from webapp.core.streaming import BODY, MAX_BODY_BYTES, BodyCutError, BoundedBodies

UPLOAD = "/api/v1/upload-files/0a1b2c3d-0000-4000-8000-000000000000/"


class Client:
    """A client that sends these messages, and what it was answered."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)
        self.answers: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop(0) if self.messages else {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.answers.append(message)


def piece(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


def scope(method: str, path: str, length: int | None = None) -> dict[str, Any]:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return {"type": "http", "method": method, "path": path, "headers": headers}


async def greedy(scope: Any, receive: Any, send: Any) -> None:
    """Reads its whole body as Django does, then answers."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status_of(client: Client) -> int:
    return int(client.answers[0]["status"])


def test_a_body_announced_too_long_is_refused_before_it_is_read() -> None:
    client = Client(piece(b"x"))
    asyncio.run(
        BoundedBodies(greedy)(scope("POST", "/login/", 10**12), client.receive, client.send)
    )
    assert status_of(client) == 413
    assert len(client.messages) == 1


def test_a_body_that_does_not_say_its_length_is_refused_while_it_arrives() -> None:
    million = b"x" * (1 << 20)
    client = Client(*[piece(million, more=True)] * 50)
    asyncio.run(BoundedBodies(greedy)(scope("POST", "/login/"), client.receive, client.send))
    assert status_of(client) == 413
    assert len(client.messages) >= 50 - MAX_BODY_BYTES // len(million) - 1


def test_an_ordinary_body_passes() -> None:
    client = Client(piece(b"name=", more=True), piece(b"value"))
    asyncio.run(BoundedBodies(greedy)(scope("POST", "/login/", 10), client.receive, client.send))
    assert status_of(client) == 200


def test_an_upload_is_handed_on_as_it_arrives_and_django_sees_an_empty_body() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await receive())
        seen.extend([data async for data in scope[BODY].pieces()])

    client = Client(piece(b"one", more=True), piece(b"two"))
    asyncio.run(BoundedBodies(app)(scope("PATCH", UPLOAD, 10**12), client.receive, client.send))
    assert seen == [piece(b""), b"one", b"two"]


def test_an_upload_that_is_cut_off_says_so() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(BodyCutError):
            [data async for data in scope[BODY].pieces()]
        assert (await receive())["body"] == b""
        assert (await receive())["type"] == "http.disconnect"

    client = Client(piece(b"one", more=True))
    asyncio.run(BoundedBodies(app)(scope("PATCH", UPLOAD), client.receive, client.send))
