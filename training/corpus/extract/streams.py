"""Bzip2 and xz: one file, or a tar archive, unpacked as it is read; several streams in a row too.

The end of every stream is seen, so that a file cut off is not taken for a whole one.
"""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable, Iterator
from typing import Any

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.compressed import read_unpacked
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError

_PIECE_BYTES = 1 << 16
#: At most so much comes out of the decompressor at once, whatever went in.
_MAX_OUT_BYTES = 1 << 20
#: What ``xz -9`` needs is 65 MiB.
_XZ_MEMORY_BYTES = 256 << 20


def read_bz2(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Items of what is inside; FileRefusedError when a stream is cut off or damaged."""
    yield from read_unpacked(source.name, _Unpacked(source, bz2.BZ2Decompressor, "bzip2"), options)


def read_xz(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Items of what is inside; FileRefusedError when a stream is cut off or damaged."""
    yield from read_unpacked(source.name, _Unpacked(source, _xz, "xz"), options)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


class _Unpacked(io.RawIOBase):
    """The bytes of all streams after each other."""

    def __init__(self, source: ByteSource, begin: Callable[[], Any], kind: str) -> None:
        self._source, self._begin, self._kind = source, begin, kind
        self._stream: Any = None
        self._packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = min(len(buffer), _MAX_OUT_BYTES)
        while True:
            if self._stream is None or self._stream.needs_input:
                self._packed = self._packed or self._source.read(_PIECE_BYTES)
                if not self._packed:
                    return self._ended()
            if self._stream is None:
                # xz files may be padded with zeros.
                self._packed = self._packed.lstrip(b"\0")
                self._stream = self._begin() if self._packed else None
                continue
            piece = self._decompress(size)
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)

    def _decompress(self, size: int) -> bytes:
        try:
            piece: bytes = self._stream.decompress(self._packed, size)
        except (OSError, ValueError, lzma.LZMAError) as error:
            raise FileRefusedError(f"is damaged ({error}); pack it again") from error
        self._packed = b""
        if self._stream.eof:
            self._packed = self._stream.unused_data
            self._stream = None
        return piece

    def _ended(self) -> int:
        if self._stream is not None:
            raise FileRefusedError(f"is cut off: its {self._kind} stream has no end; copy it again")
        return 0
