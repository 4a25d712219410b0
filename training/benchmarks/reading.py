"""Rows of one file become items of a benchmark; runs in the watched child."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from training.benchmarks.columns import ItemColumns, find_columns
from training.benchmarks.items import ItemError, ReadItem, make_item
from training.corpus.extract.records import Fault, FileResult, Item
from training.tasks.columns import NUM_LOOKED_AT
from training.tasks.content import RowFiles
from training.tasks.readers.raw import RawRow


@dataclass
class BenchmarkResult(FileResult):
    """What one file of items gave."""

    kind: str = ""
    columns: dict[str, str] = field(default_factory=dict)


class BenchmarkContent(RowFiles[ReadItem]):
    """Files of rows as items.

    ``found`` are the columns of the first file that has rows, once iterating has begun.
    """

    def __init__(self, kind: str, columns: dict[str, Any], answers: str) -> None:
        self._kind, self._named, self._answers = kind, columns, answers
        self.found: ItemColumns | None = None

    def _made(self, raw: Iterator[RawRow | Item]) -> Iterator[ReadItem | Item]:
        first = list(islice(raw, NUM_LOOKED_AT))
        rows = [item.values for item in first if isinstance(item, RawRow)]
        if not rows:
            yield from (item for item in chain(first, raw) if not isinstance(item, RawRow))
            return
        columns = find_columns(rows, self._kind, self._named)
        self.found = self.found or columns
        for item in chain(first, raw):
            yield self._read(item, columns) if isinstance(item, RawRow) else item

    def _read(self, row: RawRow, columns: ItemColumns) -> ReadItem | Fault:
        try:
            return make_item(row.line, row.values, columns, self._answers)
        except ItemError as error:
            return Fault(row.line, str(error))
