"""Plain text: one document per file, paragraph or line. The text is kept as it is.

Line ends become LF. A line that is not valid UTF-8 is left out of its document and named.
"""

from __future__ import annotations

from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import MAX_LINE_BYTES, Line, TextSource, decode, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, Warned
from training.errors import FileRefusedError

MAX_DOCUMENT_BYTES = 64 << 20


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a plain text file, split by ``options.split``."""
    text_source = TextSource(source, detects=True)
    yield from text_source.warnings()
    piece = Piece()
    for line in text_source.lines():
        text = usable(line)
        if isinstance(text, Fault):
            yield text
            continue
        is_blank = not text.strip()
        if options.split == "lines" or (options.split == "paragraphs" and is_blank):
            yield from piece.finish()
        if options.split == "file" or not is_blank:
            piece.add(line, text)
    yield from piece.finish()


def usable(line: Line) -> str | Fault:
    """The line's text or its fault; FileRefusedError for a line too long to be one."""
    if line.data is None:
        raise FileRefusedError(
            f"line {line.number} is longer than {MAX_LINE_BYTES >> 20} MiB; break it into lines"
        )
    return decode(line)


class Piece:
    """The document being gathered."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._first: Line | None = None
        self._num_bytes = 0
        self._ordinal = 0

    def add(self, line: Line, text: str) -> None:
        """Append one line; FileRefusedError when the document becomes too long to be one."""
        self._first = self._first or line
        self._lines.append(text)
        self._num_bytes += len(line.data or b"") + 1
        if self._num_bytes > MAX_DOCUMENT_BYTES:
            raise FileRefusedError(
                f"holds a document longer than {MAX_DOCUMENT_BYTES >> 20} MiB (from line "
                f"{self._first.number}); split it by paragraphs or lines"
            )

    def finish(self, meta: str = "{}") -> Iterator[Found | Warned]:
        """The document gathered since the last call, unless it is blank."""
        text = "\n".join(self._lines)
        if self._first is not None and text.strip():
            yield from text_warnings(text)
            yield Found(self._ordinal, text, self._first.number, self._first.offset, meta)
            self._ordinal += 1
        self._lines, self._first, self._num_bytes = [], None, 0
