"""Tar archives, read from front to back; also inside gzip and zstd."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import IO, cast

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.members import Members
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError

_END_BLOCK = bytes(512)
_CUT = "is cut off or damaged ({}); copy or pack it again"


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Everything in the archive that has a reader; the rest is named with its reason."""
    members = Members(options)
    whole = _Whole(source)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", whole), mode="r|") as archive:
            for info in archive:
                if info.isdir():
                    continue
                if reason := _refusal(info):
                    yield from members.refuse(info.name, reason)
                    continue
                stream = archive.extractfile(info)
                assert stream is not None
                member = _Member(stream)
                yield from members.read(info.name, member)
                if member.torn:
                    raise FileRefusedError(_CUT.format(member.torn))
                # Of what has been read nothing is kept.
                archive.members = []  # type: ignore[attr-defined]
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise FileRefusedError(_CUT.format(error)) from error
    if not whole.is_ended:
        raise FileRefusedError(_CUT.format("its last block is missing"))
    yield from members.finish()


def _refusal(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "is a link, which is not followed; pack the file itself"
    if not info.isreg():
        return "is a device or a pipe, not a file"
    if info.issparse():
        return "is a sparse file; pack it without --sparse"
    return ""


class _Whole(io.RawIOBase):
    """Gives tarfile as many bytes as it asks for: it takes a short read for the end.

    ``is_ended`` says whether the last piece held a block of zeros, which ends every archive.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = io.BufferedReader(source, 1 << 20)
        self.is_ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self._source.read(-1 if size is None else size)
        if piece:
            self.is_ended = _END_BLOCK in piece
        return piece


class _Member(io.RawIOBase):
    """The bytes of a member; ``torn`` says so when they end too early."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.torn = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read(len(buffer))
        except tarfile.TarError as error:
            self.torn = str(error)
            raise FileRefusedError(_CUT.format(error)) from error
        buffer[: len(piece)] = piece
        return len(piece)
