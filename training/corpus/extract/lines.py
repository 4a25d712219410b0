"""Lines of a file as UTF-8 bytes, one at a time, whatever its encoding and line ends.

A line that is not valid UTF-8 is handed on as bytes: the parser decides what is lost with it. A
line longer than ``MAX_LINE_BYTES`` is read past and handed on as None, so that memory is bounded.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.records import Fault, Warned
from training.sniffing import has_mark, sniff

MAX_LINE_BYTES = 16 << 20
_BLOCK_BYTES = 1 << 20
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u200b\u2060\U000e0000-\U000e007f]")
#: A hundred combining marks on one letter are no language.
_STACKED = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{100}")


@dataclass(frozen=True)
class Line:
    """Line ``number`` (from 1) at byte ``offset``; ``data`` without its end, None if too long.

    Offsets count bytes of the text as UTF-8; they are file positions for UTF-8 files.
    """

    number: int
    offset: int
    data: bytes | None
    is_ended: bool


class TextSource:
    """A byte source taken as text; FileRefusedError when it is none.

    ``detects`` allows other encodings than UTF-8 (and UTF-16 and 32) where the bytes show them.
    """

    def __init__(self, source: ByteSource, *, detects: bool = False) -> None:
        head = source.head
        encoding = ""
        if detects and not has_mark(head):
            # Not at the top: the web process reads JSON lines too, and loads no detector.
            from training.corpus.extract.encoding import find_encoding

            encoding = find_encoding(head)
            encoding = "" if encoding == "utf-8" else encoding
        self._sniffed = sniff(head, source.num_known_bytes, encoding)
        self._raw = source
        source.read(self._sniffed.num_mark_bytes)
        self._file: BinaryIO = self._as_utf8()

    def warnings(self) -> Iterator[Warned]:
        """What was converted without being asked."""
        if self._sniffed.encoding != "utf-8":
            yield Warned(f"converted from {self._sniffed.encoding.upper()}")
        if self._sniffed.newline == b"\r":
            yield Warned("lines end with CR only")

    def lines(self) -> Iterator[Line]:
        """Every line, the last one also when nothing ends it."""
        offset = self._sniffed.num_mark_bytes if self._sniffed.encoding == "utf-8" else 0
        number = 0
        while data := self._file.readline(MAX_LINE_BYTES + 1):
            number += 1
            start, size = offset, len(data)
            if size > MAX_LINE_BYTES and not data.endswith(b"\n"):
                # Told before its end is looked for: whoever refuses the file need not read it.
                yield Line(number, start, None, is_ended=False)
                while data and not data.endswith(b"\n"):
                    data = self._file.readline(_BLOCK_BYTES)
                    size += len(data)
                offset += size
                continue
            offset += size
            is_ended = data.endswith(b"\n")
            body = data[:-1] if is_ended else data
            yield Line(number, start, body.removesuffix(b"\r"), is_ended)

    def _as_utf8(self) -> BinaryIO:
        if self._sniffed.encoding == "utf-8" and self._sniffed.newline == b"\n":
            return io.BufferedReader(self._raw, _BLOCK_BYTES)
        converted = _Converted(self._raw, self._sniffed.encoding, self._sniffed.newline)
        return io.BufferedReader(converted, _BLOCK_BYTES)


def decode(line: Line) -> str | Fault:
    """The line's text, or why it cannot be used."""
    if line.data is None:
        return Fault(line.number, f"the line is longer than {MAX_LINE_BYTES >> 20} MiB")
    try:
        text = line.data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = line.data[error.start]
        return Fault(
            line.number,
            f"the line is not valid UTF-8: byte {error.start + 1} is 0x{byte:02x}; save the file "
            "as UTF-8",
        )
    fault = text_fault(text)
    return Fault(line.number, f"the line {fault}") if fault else text


def text_fault(text: str) -> str:
    """Why a decoded text cannot be used ("holds a NUL character"), empty when it can."""
    if "\x00" in text:
        return "holds a NUL character"
    if not text.isascii() and _STACKED.search(text):
        return "stacks 100 or more combining marks on one letter"
    return ""


def text_warnings(text: str) -> Iterator[Warned]:
    """What is odd in a text that is accepted as it is."""
    if text.isascii():
        return
    if _DIRECTION.search(text):
        yield Warned("documents with characters that change the writing direction")
    if _INVISIBLE.search(text):
        yield Warned("documents with invisible characters")


class _Converted(io.RawIOBase):
    """Reads another encoding, or CR line ends, as UTF-8 with LF.

    What cannot be decoded becomes bytes that are invalid UTF-8, so that its line is named later.
    """

    def __init__(self, raw: io.RawIOBase, encoding: str, newline: bytes) -> None:
        self._source = raw
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
        if encoding.startswith(("utf-16", "utf-32")):
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="surrogatepass")
        self._newline = newline.decode()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            block = self._source.read(_BLOCK_BYTES)
            self._ready = self._convert(block or b"", is_last=not block)
            if not block:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _convert(self, block: bytes, *, is_last: bool) -> bytes:
        try:
            text = self._decoder.decode(block, is_last)
        except UnicodeDecodeError:
            # A last code unit cut in two, or a value above U+10FFFF.
            self._decoder.reset()
            return b"\xff"
        if self._newline == "\r":
            text = text.replace("\r", "\n")
        if self._decoder.errors == "surrogateescape":
            return text.encode("utf-8", "surrogateescape")
        return text.encode("utf-8", "surrogatepass")
