"""Records of a WARC file (ISO 28500:2017) one after another, plain or gzipped record by record.

A record is ``WARC/1.x``, header lines, a blank line, ``Content-Length`` bytes, two line ends. In a
gzipped file each record is a gzip member of its own (annex D), so where a member begins a record
can be read alone: that place is the record's offset. After damage reading goes on at the next
record that can be found.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault

MAX_CONTENT_BYTES = 64 << 20
_MAX_HEADER_BYTES = 64 << 10
_BLOCK_BYTES = 1 << 18
_MAGIC = b"\x1f\x8b\x08"
_BEGIN = b"WARC/"
_CUT = "the record is cut off; what follows is missing; copy or download the file again"


@dataclass(frozen=True)
class Record:
    """One record: ``offset`` in the file as it is stored, headers in lower case, its content."""

    offset: int
    headers: dict[str, str]
    content: bytes


def records(source: ByteSource, options: ReadOptions) -> Iterator[Record | Fault]:
    """Every record that can be read, and a fault for what cannot; memory is one record."""
    is_packed = source.head.startswith(_MAGIC[:2])
    stream: _Plain = _Packed(source, options) if is_packed else _Plain(source)
    while True:
        try:
            if not stream.begin():
                return
            yield _record(stream)
        except _TornError as error:
            yield _fault(stream.offset, str(error))
            if not stream.find_next():
                return


class _TornError(Exception):
    """A record that cannot be read; the message says why."""


class _Plain:
    """The bytes of the file, and where the record at hand begins in it."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._ready = bytearray()
        self._position = 0
        self.offset = 0

    def begin(self) -> bool:
        """Go to the next record, over blank lines; False at the end of the file."""
        while True:
            if not self._ready and not self._fill():
                return False
            if not self._ready.startswith((b"\r", b"\n")):
                self.offset = self._begin_of_record()
                return True
            self._take(1)

    def line(self) -> bytes:
        """The next line without its end; _TornError when there is none or it is too long."""
        while (end := self._ready.find(b"\n")) < 0:
            if len(self._ready) > _MAX_HEADER_BYTES:
                raise _TornError("a header line is longer than 64 KiB: the record is damaged")
            if not self._fill():
                raise _TornError(_CUT)
        line = self._take(end + 1)
        return line.rstrip(b"\r\n")

    def read(self, size: int, *, is_kept: bool) -> bytes:
        """So many bytes; nothing of them when they are not kept. _TornError when there are less."""
        pieces = []
        while size:
            if not self._ready and not self._fill():
                raise _TornError(_CUT)
            piece = self._take(min(size, len(self._ready)))
            size -= len(piece)
            if is_kept:
                pieces.append(piece)
        return b"".join(pieces)

    def find_next(self) -> bool:
        """After damage: forward to the next line that begins a record."""
        while True:
            at = self._ready.find(b"\n" + _BEGIN)
            if at >= 0:
                self._take(at + 1)
                return True
            self._take(max(0, len(self._ready) - len(_BEGIN)))
            if not self._fill():
                return False

    def _begin_of_record(self) -> int:
        return self._position

    def _take(self, size: int) -> bytes:
        piece = bytes(self._ready[:size])
        del self._ready[:size]
        self._position += size
        return piece

    def _fill(self) -> bool:
        piece = self._source.read(_BLOCK_BYTES)
        self._ready += piece
        return bool(piece)


class _Packed(_Plain):
    """The same of a gzipped file; offsets are those of gzip members."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        super().__init__(source)
        self._budget = options.room
        self._packed = b""
        self._packed_at = 0
        self._member_at = 0
        self._member: zlib._Decompress | None = None

    def find_next(self) -> bool:
        """After damage: forward to the next gzip member that begins a record."""
        self._ready.clear()
        self._member = None
        while True:
            at = self._packed.find(_MAGIC)
            if at >= 0:
                self._skip(at)
                if self._is_record():
                    return True
                self._skip(1)
                continue
            self._skip(max(0, len(self._packed) - len(_MAGIC) + 1))
            if not self._read_packed():
                return False

    def _begin_of_record(self) -> int:
        return self._member_at

    def _fill(self) -> bool:
        """Unpack a little more, of the member at hand or of the next; False at the end."""
        while True:
            if not self._packed and not self._read_packed():
                if self._member is not None:
                    self.offset = self._member_at
                    raise _TornError(_CUT)
                return False
            if self._member is None:
                self._member, self._member_at = zlib.decompressobj(31), self._packed_at
            if self._unpacked(self._member):
                return True

    def _unpacked(self, member: zlib._Decompress) -> bytes:
        before = len(self._packed)
        try:
            piece = member.decompress(self._packed, _BLOCK_BYTES)
        except zlib.error as error:
            self._skip(min(1, before))
            self.offset = self._member_at
            raise _TornError(f"the gzip member is damaged ({error}); download it again") from error
        self._packed = member.unused_data if member.eof else member.unconsumed_tail
        self._packed_at += before - len(self._packed)
        if member.eof:
            self._member = None
        self._budget.spend(len(piece))
        self._ready += piece
        return piece

    def _is_record(self) -> bool:
        """Whether a member that begins here begins a record."""
        if len(self._packed) < _BLOCK_BYTES:
            self._read_packed()
        try:
            return zlib.decompressobj(31).decompress(self._packed, 16).startswith(_BEGIN)
        except zlib.error:
            return False

    def _skip(self, size: int) -> None:
        self._packed = self._packed[size:]
        self._packed_at += size

    def _read_packed(self) -> bool:
        piece = self._source.read(_BLOCK_BYTES)
        self._packed += piece
        return bool(piece)


def _record(stream: _Plain) -> Record | Fault:
    first = stream.line()
    if not first.startswith(_BEGIN):
        raise _TornError(
            f"begins with {first[:20].decode('ascii', 'replace')!r}, not with WARC/1.0: what was "
            "read here is damaged or no web archive; download the file again"
        )
    headers = _headers(stream)
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise _TornError("has no Content-Length, so its end is not known")
    is_kept = int(length) <= MAX_CONTENT_BYTES
    content = stream.read(int(length), is_kept=is_kept)
    if not is_kept:
        return _fault(stream.offset, f"is larger than {MAX_CONTENT_BYTES >> 20} MiB")
    return Record(stream.offset, headers, content)


def _headers(stream: _Plain) -> dict[str, str]:
    """Names in lower case; of a name that comes twice the last value."""
    headers: dict[str, str] = {}
    num_bytes = 0
    name = ""
    while line := stream.line():
        num_bytes += len(line)
        if num_bytes > _MAX_HEADER_BYTES:
            raise _TornError("has more than 64 KiB of headers: the record is damaged")
        text = line.decode("utf-8", "replace")
        if line[:1] in b" \t" and name:
            headers[name] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers[name] = value.strip()
    return headers


def _fault(offset: int, reason: str) -> Fault:
    return Fault(0, reason, what="record", offset=offset)
