"""The open sockets of this process: how many a user has, and closing those of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

#: More tabs than this fall back to polling.
MAX_PER_USER = 8


@dataclass(eq=False)
class OpenSocket:
    """One socket: whose it is, in which session, and how to end it."""

    user_id: object
    session_key: str
    close: Callable[[], Coroutine[Any, Any, None]]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)


_open: set[OpenSocket] = set()


def has_room(user_id: object) -> bool:
    """Whether this user may open one more."""
    return num_open(user_id) < MAX_PER_USER


def num_open(user_id: object) -> int:
    """Sockets that this user has."""
    return sum(socket.user_id == user_id for socket in _open)


def add(socket: OpenSocket) -> None:
    """A socket has been opened."""
    _open.add(socket)


def discard(socket: OpenSocket) -> None:
    """A socket has ended."""
    _open.discard(socket)


def close_session(session_key: str) -> int:
    """End every socket of a session, from any thread; returns how many."""
    ending = [socket for socket in list(_open) if socket.session_key == session_key]
    for socket in ending:
        asyncio.run_coroutine_threadsafe(socket.close(), socket.loop)
    return len(ending)
