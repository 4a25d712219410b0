"""CSV and TSV: a header, then one document per row; the other columns become ``meta``.

RFC 4180 with what people write: any of four delimiters, LF or CRLF, quotes doubled inside quotes. A
row with another number of cells than the header is a fault of its line; a quote that is never
closed swallows everything behind it, so the file is refused with the line where it opens.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.jsonl import TEXT_FIELDS
from training.corpus.extract.lines import MAX_LINE_BYTES, Line, TextSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Item, Warned
from training.corpus.extract.tables import require_columns, row_items, text_columns
from training.errors import FileRefusedError

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_SAMPLE_ROWS = 50
_SAMPLE_BYTES = 4 << 20
_NO_END = "unexpected end of data"
_QUOTE_REMEDY = 'close it, double quotes inside cells (""), or set tables.has_quotes to false'


@dataclass(frozen=True)
class Row:
    """The cells of one record, which may span lines; ``line`` and ``offset`` of its first."""

    cells: list[str]
    line: int
    offset: int
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose header has been read; ``rows`` are those below it."""

    columns: list[str]
    rows: Iterator[Row]
    warnings: list[Warned]

    def ragged(self, row: Row) -> str:
        """What is wrong with the number of cells of a row; empty when nothing is, or no cell."""
        if not row.cells or len(row.cells) == len(self.columns):
            return ""
        count = "1 cell" if len(row.cells) == 1 else f"{len(row.cells):,} cells"
        return f"the row has {count}, the header has {len(self.columns):,}"


def open_table(
    source: ByteSource,
    delimiter: str = "auto",
    *,
    has_quotes: bool = True,
    remedy: str = _QUOTE_REMEDY,
) -> Table:
    """The table in a file; FileRefusedError without a header, or later for an open quote.

    ``remedy`` says what to do about a quote that is not closed.
    """
    text_source = TextSource(source, detects=True)
    lines = text_source.lines()
    csv.field_size_limit(MAX_LINE_BYTES)
    first = _first(lines)
    chosen = _DELIMITERS.get(delimiter) or _delimiter(first, source.name)
    rows = _Records(first, lines, chosen, has_quotes, remedy).all()
    header = next((row for row in rows if row.cells or row.fault), None)
    if header is None or header.fault:
        raise FileRefusedError("has no header that can be read" + _because(header))
    columns = [name.strip() for name in header.cells]
    require_columns(columns)
    return Table(columns, rows, list(text_source.warnings()))


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a table; FileRefusedError without a text column or with an open quote."""
    table = open_table(source, options.delimiter, has_quotes=options.has_quotes)
    yield from table.warnings
    columns, rows = table.columns, table.rows
    sample = list(islice(rows, _SAMPLE_ROWS))
    texts = text_columns(columns, options.text_columns, [row.cells for row in sample])
    if texts[0].strip().lower() not in TEXT_FIELDS and not options.text_columns:
        yield Warned(f"text taken from the column {texts[0]!r}")
    for ordinal, row in enumerate(chain(sample, rows)):
        if not row.cells and not row.fault:
            yield Warned("blank lines")
        elif reason := row.fault or table.ragged(row):
            yield Fault(row.line, reason)
        else:
            cells = dict(zip(columns, row.cells, strict=True))
            yield from row_items(cells, texts, ordinal, row.line, row.offset, "line")


class _Records:
    """Rows of cells from lines, each with its place."""

    def __init__(
        self,
        first: Sequence[Line],
        lines: Iterator[Line],
        delimiter: str,
        has_quotes: bool,
        remedy: str,
    ) -> None:
        self._remedy = remedy
        self._lines = chain(first, lines)
        self._taken: deque[Line] = deque()
        self._bad: list[int] = []
        self._reader = csv.reader(
            self._texts(),
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE,
            strict=True,
        )

    def all(self) -> Iterator[Row]:
        """Every record; FileRefusedError when a quote stays open."""
        while True:
            self._taken.clear()
            self._bad.clear()
            fault, cells = "", []
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                fault = self._reason(str(error))
            first = self._taken[0]
            if self._bad:
                fault = f"line {self._bad[0]:,} cannot be decoded; save the file as UTF-8"
            yield Row(cells, first.number, first.offset, fault)

    def _texts(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            if line.data is None:
                raise FileRefusedError(
                    f"has a line longer than {MAX_LINE_BYTES >> 20} MiB (line {line.number:,})"
                )
            try:
                text = line.data.decode()
            except UnicodeDecodeError:
                self._bad.append(line.number)
                text = line.data.decode(errors="replace")
            yield text + ("\n" if line.is_ended else "")
            if len(self._taken) > 1:
                # Only where a record begins is told.
                self._taken = deque([self._taken[0]])

    def _reason(self, message: str) -> str:
        line = self._taken[0].number
        if _NO_END in message or "field larger" in message:
            raise FileRefusedError(
                f"has a quote that is not closed, in the row that begins at line {line:,}; "
                f"{self._remedy}"
            )
        return f"the row is no CSV: {message}"


def _first(lines: Iterator[Line]) -> list[Line]:
    """Enough of the beginning to know the delimiter by."""
    taken: list[Line] = []
    num_bytes = 0
    while len(taken) < _SAMPLE_ROWS and num_bytes < _SAMPLE_BYTES and (line := next(lines, None)):
        taken.append(line)
        num_bytes += len(line.data or b"")
    return taken


def _delimiter(lines: Sequence[Line], name: str) -> str:
    """The candidate that cuts the first rows into most cells, equally many in each."""
    if name.lower().endswith((".tsv", ".tab")):
        return "\t"
    texts = [(line.data or b"").decode(errors="replace") + "\n" for line in lines]
    scores = {}
    for delimiter in _DELIMITERS.values():
        try:
            rows = [row for row in csv.reader(texts, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        equal = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        scores[delimiter] = (round(equal, 1), len(rows[0]))
    return max(scores, key=lambda key: scores[key]) if scores else ","


def _because(header: Row | None) -> str:
    return f" (line {header.line}: {header.fault})" if header else ""
