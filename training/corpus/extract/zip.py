"""ZIP archives, member by member; also what EPUB books are packed in.

Names in old archives carry no encoding: UTF-8 is tried, then GB18030, then the code page of DOS.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.members import Members, Metered
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError

_IS_ENCRYPTED = 0x1
_IS_UTF8 = 0x800
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError,
)  # fmt: skip


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Everything in the archive that has a reader; the rest is named with its reason."""
    with opened(source) as archive:
        members = Members(options)
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = _name(info)
            try:
                stream = opened_member(archive, info)
            except FileRefusedError as error:
                yield from members.refuse(name, str(error))
                continue
            with stream:
                yield from members.read(name, Metered(Unpacked(stream), options.room))
        yield from members.finish()


@contextmanager
def opened(source: ByteSource) -> Iterator[zipfile.ZipFile]:
    """The archive with its directory read; FileRefusedError when that is missing or wrong."""
    with source.as_seekable() as raw:
        try:
            archive = zipfile.ZipFile(raw)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise FileRefusedError(
                f"is cut off or damaged: the list of members at its end cannot be read ({error}); "
                "copy or pack it again"
            ) from error
        with archive:
            yield archive


def opened_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """The packed bytes of a member; FileRefusedError says why it is not opened."""
    if reason := _refusal(info):
        raise FileRefusedError(reason)
    try:
        return archive.open(info)
    except (*_DAMAGED, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError(f"is damaged ({error}); pack it again") from error


def _refusal(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _IS_ENCRYPTED:
        return "is encrypted; unpack the archive with its password and take what is inside"
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a link, which is not followed; pack the file itself"
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a device or a pipe, not a file"
    if info.compress_type not in (
        zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA,
    ):  # fmt: skip
        return f"is packed in a way that is not read (method {info.compress_type}); use deflate"
    return ""


class Unpacked(io.RawIOBase):
    """The bytes of a member; damage is told as a refusal."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read(len(buffer))
        except _DAMAGED as error:
            raise FileRefusedError(f"is damaged ({error}); pack it again") from error
        buffer[: len(piece)] = piece
        return len(piece)


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _IS_UTF8:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename
