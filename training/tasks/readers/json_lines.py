"""JSON lines: one object per line; a line that is none is a fault of that line."""

from __future__ import annotations

from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.jsonl import parse_row
from training.corpus.extract.lines import TextSource
from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.tasks.readers.raw import RawRow


def read(source: ByteSource) -> Iterator[RawRow | Fault]:
    """Rows of a JSON lines file; FileRefusedError when it is one JSON array."""
    for line in TextSource(source).lines():
        if line.data is not None and not line.data.strip():
            continue
        if line.number == 1 and (line.data or b"").lstrip().startswith(b"["):
            raise FileRefusedError(
                "begins with a JSON array; name it .json, or write one object per line"
            )
        row = parse_row(line)
        yield row if isinstance(row, Fault) else RawRow(line.number, row)
