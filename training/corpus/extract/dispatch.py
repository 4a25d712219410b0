"""One file or member through the reader of its format and, for prose, the check of its lines."""

from __future__ import annotations

from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import PROSE, Recognised, recognised
from training.corpus.extract.line_check import checked
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.registry import EXTRACTORS


def read_as(format: str, source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """What the reader called ``format`` finds in the source."""
    items: Iterator[Item] = EXTRACTORS[format].load()(source, options)
    if options.checks_lines and format in PROSE:
        return checked(items, options)
    return items


class DocumentContent:
    """Members of archives as documents (``options.Content``)."""

    def recognised(self, name: str, head: bytes, num_bytes: int) -> Recognised:
        """By bytes and name, as a file that was uploaded."""
        return recognised(name, head, num_bytes)

    def read(self, format: str, source: ByteSource, options: ReadOptions) -> Iterator[Item]:
        """By the reader of that format."""
        return read_as(format, source, options)


DOCUMENTS = DocumentContent()
