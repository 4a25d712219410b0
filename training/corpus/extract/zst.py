"""Zstd: one file, or a tar archive (``.tar.zst``), unpacked as it is read.

Fed in small pieces, so that a piece cannot become more than some 32 MB; the end of every frame is
seen, so that a stream cut off is not taken for a whole one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import zstandard

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.compressed import read_unpacked
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError

#: The window of ``zstd --long``; a frame that wants more memory is refused.
_MAX_WINDOW_BYTES = 1 << 27
#: A block of 4 bytes may stand for 128 KiB.
_PIECE_BYTES = 1 << 10


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Items of what is inside; FileRefusedError when the stream is cut off or damaged."""
    yield from read_unpacked(source.name, _Zstd(source), options)


class _Zstd(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = io.BufferedReader(source, 1 << 20)
        self._context = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        self._frame = self._context.decompressobj()
        self._is_inside = False
        self._packed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            self._packed = self._packed or self._source.read(_PIECE_BYTES)
            if not self._packed:
                if self._is_inside:
                    raise FileRefusedError("is cut off: its zstd frame has no end; copy it again")
                return 0
            self._ready = memoryview(self._next())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self) -> bytes:
        try:
            data = self._frame.decompress(self._packed)
        except zstandard.ZstdError as error:
            raise FileRefusedError(f"is damaged ({error}); pack it again") from error
        self._is_inside = not self._frame.eof
        self._packed = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame = self._context.decompressobj()
        return data
