"""One file or member through the reader of its format and, for prose, the check of its lines."""

from __future__ import annotations

from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import PROSE
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
