"""Appends one chunk of an upload: checked by its SHA-256, flushed, or as if it had never come.

Runs on the event loop; only the writing of a piece goes to a thread. Whoever calls holds the file
(`locking.opened`), so that two tabs (or two web processes) cannot mix their chunks.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from django.utils.translation import gettext as _

from training.corpus.extract.formats import ROWS_ENDING, recognised
from training.model_files import MODEL_ENDINGS, require_model_file
from training.sniffing import SNIFF_BYTES, recognise
from webapp.core.errors import ApplicationError
from webapp.core.streaming import BodyCutError
from webapp.corpora.limits import CHUNK_BYTES
from webapp.corpora.models import UploadFile

_PIECE_BYTES = 1 << 20
#: A sender that says nothing for so long is gone (a laptop was closed), and its lock must end.
SILENT_SECONDS = 60.0


@dataclass(frozen=True)
class Chunk:
    """What the client says of the chunk that it sends."""

    offset: int
    sha256: str


async def append_chunk(
    part: BinaryIO, file: UploadFile, chunk: Chunk, pieces: AsyncIterator[bytes]
) -> int:
    """Append to the part of the file that is here and return its new length.

    ApplicationError says what was wrong; the part then ends where it ended before.
    FileRefusedError when its beginning shows that it is not what its name says.
    """
    descriptor, num_bytes = part.fileno(), file.num_bytes
    try:
        # A killed server may have left bytes that no row knows of.
        os.ftruncate(descriptor, chunk.offset)
        end = await _write(descriptor, chunk, num_bytes, pieces)
        if chunk.offset == 0:
            head = os.pread(descriptor, SNIFF_BYTES, 0)
            _require_known(file.name, head, max(num_bytes, len(head)))
        await asyncio.to_thread(os.fsync, descriptor)
    except BaseException:
        os.ftruncate(descriptor, chunk.offset)
        raise
    return end


def _require_known(name: str, head: bytes, num_bytes: int) -> None:
    """FileRefusedError for a file that is of no use, or is not what its name says.

    JSON as a whole is no document, but rows of a task set, or the config of a model.
    """
    if name.lower().endswith(MODEL_ENDINGS):
        require_model_file(name, head)
    elif not (name.lower().endswith(ROWS_ENDING) and recognise(head, num_bytes) == "text"):
        recognised(name, head, num_bytes)


async def _write(
    descriptor: int, chunk: Chunk, num_bytes: int, pieces: AsyncIterator[bytes]
) -> int:
    digest, end = hashlib.sha256(), chunk.offset
    limit = min(num_bytes, chunk.offset + CHUNK_BYTES)
    try:
        async for piece in _gathered(pieces):
            if end + len(piece) > limit:
                raise _too_long(chunk, limit)
            # Hashed in the thread too: on the event loop it would hold up every page.
            await asyncio.to_thread(_store, descriptor, digest, piece, end)
            end += len(piece)
    except (BodyCutError, TimeoutError) as error:
        message = _("The chunk was cut off on its way; send it again.")
        raise ApplicationError(message) from error
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
    async for piece in _spoken(pieces):
        waiting += piece
        if len(waiting) >= _PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


async def _spoken(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; TimeoutError when the next does not come."""
    while True:
        async with asyncio.timeout(SILENT_SECONDS):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


def _store(descriptor: int, digest: hashlib._Hash, data: bytes, offset: int) -> None:
    digest.update(data)
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _too_long(chunk: Chunk, limit: int) -> ApplicationError:
    message = _("The chunk at %(offset)s is longer than the %(most)s bytes expected.")
    words = {"offset": chunk.offset, "most": limit - chunk.offset}
    return ApplicationError(message % words, status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
