"""Gzip: one file, or a tar archive (``.tar.gz``), unpacked as it is read."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.compressed import read_unpacked
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Items of what is inside; FileRefusedError when the stream is cut off or damaged."""
    yield from read_unpacked(source.name, _Gzip(source), options)


class _Gzip(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._stream = gzip.GzipFile(fileobj=io.BufferedReader(source, 1 << 20))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read(len(buffer))
        except EOFError as error:
            raise FileRefusedError(
                "is cut off: its gzip stream has no end; copy it again"
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FileRefusedError(f"is damaged ({error}); pack it again") from error
        buffer[: len(piece)] = piece
        return len(piece)
