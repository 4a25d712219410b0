"""CSV and TSV: the first line names the columns; read as tables of documents are."""

from __future__ import annotations

from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.csv import open_table
from training.corpus.extract.records import Fault, Warned
from training.tasks.readers.raw import RawRow

_REMEDY = 'close it, and double quotes inside cells ("")'


def read_csv(source: ByteSource) -> Iterator[RawRow | Fault | Warned]:
    """Rows of a table cut by commas, semicolons, tabs or pipes, whichever fits the first rows."""
    return _read(source, "auto")


def read_tsv(source: ByteSource) -> Iterator[RawRow | Fault | Warned]:
    """Rows of a table cut by tabs."""
    return _read(source, "tab")


def _read(source: ByteSource, delimiter: str) -> Iterator[RawRow | Fault | Warned]:
    table = open_table(source, delimiter, remedy=_REMEDY)
    yield from table.warnings
    for row in table.rows:
        if reason := row.fault or table.ragged(row):
            yield Fault(row.line, reason)
        elif row.cells:
            yield RawRow(row.line, dict(zip(table.columns, row.cells, strict=True)))
