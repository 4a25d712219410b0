"""What a download is made of: files and bytes one after the other, of known length, cut anywhere.

A tar of a whole folder is such a row of segments: headers computed from names and sizes alone,
files in between. Its length is known beforehand and any range of it can be sent, so an
interrupted download of many gigabytes goes on; no temporary file is written.
"""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 1 << 20
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True)
class Segment:
    """Bytes, or a whole file when ``path`` is set."""

    num_bytes: int
    data: bytes = b""
    path: Path | None = None


class ChangedFileError(OSError):
    """A file has not the length that was announced; the download is cut off."""


def file_segment(path: Path) -> Segment:
    """A file as it is now."""
    return Segment(path.stat().st_size, path=path)


def tar_segments(root: Path, files: Mapping[str, int], prefix: str) -> list[Segment]:
    """A tar of ``files`` ({name below root: bytes}) in order of name, under ``prefix/``.

    Owner, mode and time are fixed, so the same files give the same bytes anywhere.
    """
    segments: list[Segment] = []
    for name, num_bytes in sorted(files.items()):
        segments.append(_bytes(_header(f"{prefix}/{name}", num_bytes)))
        segments.append(Segment(num_bytes, path=root / name))
        segments.append(_bytes(b"\0" * (-num_bytes % _BLOCK)))
    segments.append(_bytes(b"\0" * (2 * _BLOCK)))
    return [segment for segment in segments if segment.num_bytes]


def total_bytes(segments: Sequence[Segment]) -> int:
    """Length of the whole."""
    return sum(segment.num_bytes for segment in segments)


async def read_range(segments: Sequence[Segment], start: int, stop: int) -> AsyncIterator[bytes]:
    """Bytes ``start`` to ``stop`` (not included), in pieces; files are read in a thread."""
    for segment, first, last in _within(segments, start, stop):
        if segment.path is None:
            yield segment.data[first:last]
            continue
        file: BinaryIO = await asyncio.to_thread(segment.path.open, "rb")
        try:
            await asyncio.to_thread(file.seek, first)
            left = last - first
            while left:
                piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, left))
                if not piece:
                    raise ChangedFileError(f"{segment.path.name} became shorter while it was sent")
                left -= len(piece)
                yield piece
        finally:
            file.close()


def _within(
    segments: Sequence[Segment], start: int, stop: int
) -> Iterator[tuple[Segment, int, int]]:
    """Each segment that the range touches, and which part of it."""
    at = 0
    for segment in segments:
        first, last = max(start - at, 0), min(stop - at, segment.num_bytes)
        if first < last:
            yield segment, first, last
        at += segment.num_bytes


def _header(name: str, num_bytes: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = num_bytes, 0o644, 0
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _bytes(data: bytes) -> Segment:
    return Segment(len(data), data=data)
