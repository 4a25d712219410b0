"""The bytes of a file, or of a member of an archive, read once from front to back.

Readers that jump about (ZIP, PDF, Parquet) ask for a seekable file: a real one is given as it is, a
member is first copied into a nameless temporary file, so that nothing is ever written under a name
that an archive chose.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from typing import BinaryIO, cast

from training.errors import FileRefusedError
from training.sniffing import SNIFF_BYTES
from training.units import format_bytes

#: Members up to this size are kept in memory.
_SPOOL_BYTES = 4 << 20
_BLOCK_BYTES = 1 << 20


class ByteSource(io.RawIOBase):
    """A binary stream whose beginning has been looked at; ``name`` is for people."""

    def __init__(self, name: str, stream: BinaryIO, spool_folder: str = "") -> None:
        self.name = name
        self._stream = stream
        self._spool_folder = spool_folder or None
        self.head = _first_bytes(stream)
        self._ready = memoryview(self.head)

    @property
    def num_known_bytes(self) -> int:
        """The size of what is short; of anything longer that it is longer than the head."""
        size = len(self.head)
        return size if size < SNIFF_BYTES else SNIFF_BYTES + 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            return cast("io.RawIOBase", self._stream).readinto(buffer) or 0
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def whole(self, limit_bytes: int) -> bytes:
        """Everything; FileRefusedError when that is more than ``limit_bytes``."""
        pieces, size = [], 0
        while piece := self.read(_BLOCK_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > limit_bytes:
                raise FileRefusedError(
                    f"is larger than the {format_bytes(limit_bytes)} that can be read at once; "
                    "split it"
                )
        return b"".join(pieces)

    def as_seekable(self) -> BinaryIO:
        """The same bytes in a file that can be read in any order, at its beginning."""
        if isinstance(self._stream, io.FileIO | io.BufferedReader):
            self._stream.seek(0)
            return cast("BinaryIO", self._stream)
        spool = tempfile.SpooledTemporaryFile(_SPOOL_BYTES, dir=self._spool_folder)  # noqa: SIM115
        shutil.copyfileobj(self, spool, _BLOCK_BYTES)
        spool.seek(0)
        return cast("BinaryIO", spool)


def _first_bytes(stream: BinaryIO) -> bytes:
    pieces, size = [], 0
    while size < SNIFF_BYTES and (piece := stream.read(SNIFF_BYTES - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
