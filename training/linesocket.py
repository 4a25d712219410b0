"""One JSON line asked, one or more answered, over a Unix socket: for serving jobs and the helper.

The path of a Unix socket may have 107 bytes; a home folder may be deeper. So both ends go through
/proc/self/fd of the folder that holds it. Whoever can open the folder can talk to the socket;
what is more secret than that needs a token in the request.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MAX_LINE_BYTES = 8_000_000
_BACKLOG = 64
_ACCEPT_SECONDS = 0.5
#: After nobody could be let in: descriptors and threads come back when others have been answered.
_PAUSE_SECONDS = 0.2
#: How long a client may take to send its line, and to take one of several lines of an answer.
_REQUEST_SECONDS = 10.0
_TAKING_SECONDS = 30.0
_PIECE_BYTES = 65_536

Answer = dict[str, Any]
#: What a question gets: one line, or lines as they come. They end early when the asker goes.
Answers = Answer | Iterator[Answer]
Handler = Callable[[dict[str, Any]], Answers]

log = logging.getLogger(__name__)


class LineServer:
    """Accepts until ``close``; every connection is one thread, one question and its answer."""

    def __init__(self, path: Path, handler: Handler) -> None:
        self._path = path
        self._handler = handler
        self._closing = threading.Event()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_name(path) as name:
            self._listener.bind(name)
        path.chmod(0o600)
        self._listener.listen(_BACKLOG)
        self._listener.settimeout(_ACCEPT_SECONDS)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting and remove the socket; what is being answered may end."""
        self._closing.set()
        self._thread.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                self._let_in()
            except TimeoutError:
                continue
            except (OSError, RuntimeError) as error:
                log.warning("%s: nobody can be let in for now: %s", self._path.name, error)
                self._closing.wait(_PAUSE_SECONDS)

    def _let_in(self) -> None:
        """One connection; OSError or RuntimeError when there is no descriptor or no thread left."""
        connection, _ = self._listener.accept()
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except RuntimeError:
            connection.close()
            raise

    def _serve(self, connection: socket.socket) -> None:
        """Anything may come in; nothing of it ends the server."""
        with connection:
            connection.settimeout(_REQUEST_SECONDS)
            try:
                answer = self._answer(_read_line(connection))
                if isinstance(answer, dict):
                    connection.settimeout(None)
                    connection.sendall(as_line(answer))
                else:
                    _send_lines(connection, answer)
            except OSError:
                return

    def _answer(self, line: bytes) -> Answers:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return refusal("The request is not one line of JSON.")
        if not isinstance(request, dict):
            return refusal("The request is not a JSON object.")
        return self._handler(request)


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name of a few bytes for the same place."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def as_line(message: dict[str, Any]) -> bytes:
    """A message as it goes over the socket."""
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def refusal(sentence: str) -> Answer:
    """The answer that says why there is none."""
    return {"ok": False, "error": sentence}


def ask(path: Path, request: dict[str, Any], *, timeout_seconds: float) -> Answer:
    """Send one line and read one; OSError (TimeoutError included) when nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_seconds)
        with short_name(path) as name:
            connection.connect(name)
        connection.sendall(as_line(request))
        line = _read_line(connection)
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise ConnectionError(f"{path.name} broke off in the middle of its answer") from error
    return answer if isinstance(answer, dict) else refusal("The answer is not a JSON object.")


def _send_lines(connection: socket.socket, answers: Iterator[Answer]) -> None:
    """Each line as it comes; whoever makes them is told to end when nobody takes them."""
    connection.settimeout(_TAKING_SECONDS)
    try:
        for answer in answers:
            connection.sendall(as_line(answer))
    finally:
        close = getattr(answers, "close", None)
        if close is not None:
            close()


def _read_line(connection: socket.socket) -> bytes:
    pieces: list[bytes] = []
    num_bytes = 0
    while True:
        piece = connection.recv(_PIECE_BYTES)
        pieces.append(piece)
        num_bytes += len(piece)
        if not piece or piece.endswith(b"\n"):
            return b"".join(pieces)
        if num_bytes > MAX_LINE_BYTES:
            raise ConnectionError(f"a line of more than {MAX_LINE_BYTES:,} bytes")
