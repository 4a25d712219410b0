"""Appends one chunk of an upload: checked by its SHA-256, flushed, or as if it had never come.

Runs on the event loop; only the writing of a piece goes to a thread. One writer per file: a lock
on the file itself, so that two tabs (or two web processes) cannot mix their chunks.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.utils.translation import gettext as _

from training.errors import FileRefusedError
from training.folder.atomic import is_full
from training.sniffing import SNIFF_BYTES, sniff
from webapp.core.errors import ApplicationError
from webapp.core.streaming import BodyCutError
from webapp.corpora.limits import CHUNK_BYTES, disk_is_full

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Chunk:
    """What the client says of the chunk that it sends."""

    offset: int
    sha256: str


async def append_chunk(
    path: Path, chunk: Chunk, num_bytes: int, pieces: AsyncIterator[bytes]
) -> int:
    """Append to the file at ``path`` and return its new length.

    ``num_bytes`` is what the whole file will have. ApplicationError says what was wrong; the file
    then ends where it ended before. FileRefusedError when its beginning shows that it is no text.
    """
    descriptor = await asyncio.to_thread(_open, path)
    end = chunk.offset
    try:
        # A killed server may have left bytes that no row knows of.
        os.ftruncate(descriptor, chunk.offset)
        end = await _write(descriptor, path, chunk, num_bytes, pieces)
        if chunk.offset == 0:
            head = os.pread(descriptor, SNIFF_BYTES, 0)
            sniff(head, max(num_bytes, len(head)))
        await asyncio.to_thread(os.fsync, descriptor)
    except BaseException:
        os.ftruncate(descriptor, chunk.offset)
        raise
    finally:
        os.close(descriptor)
    return end


async def _write(
    descriptor: int, path: Path, chunk: Chunk, num_bytes: int, pieces: AsyncIterator[bytes]
) -> int:
    digest, end = hashlib.sha256(), chunk.offset
    limit = min(num_bytes, chunk.offset + CHUNK_BYTES)
    try:
        async for piece in _gathered(pieces):
            if end + len(piece) > limit:
                raise _too_long(chunk, limit)
            digest.update(piece)
            await asyncio.to_thread(_pwrite, descriptor, piece, end)
            end += len(piece)
    except BodyCutError as error:
        message = _("The chunk was cut off on its way; send it again.")
        raise ApplicationError(message) from error
    except OSError as error:
        if not is_full(error):
            raise
        raise disk_is_full(path) from error
    if digest.hexdigest() != chunk.sha256:
        raise ApplicationError(
            _("The chunk at %(offset)s arrived changed (its SHA-256 differs); send it again.")
            % {"offset": chunk.offset},
            status_code=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    return end


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of about 1 MB, so that few writes go to a thread."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= _PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _open(path: Path) -> int:
    """The file, locked for this request; 409 when another one is writing to it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if not is_full(error):
            raise
        raise disk_is_full(path.parent) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        message = _("Another window is sending this file.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT) from error
    return descriptor


def _pwrite(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _too_long(chunk: Chunk, limit: int) -> ApplicationError:
    message = _("The chunk at %(offset)s is longer than the %(most)s bytes expected.")
    words = {"offset": chunk.offset, "most": limit - chunk.offset}
    return ApplicationError(message % words, status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


__all__ = ["Chunk", "FileRefusedError", "append_chunk"]
