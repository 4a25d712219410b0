"""Rows of one file become items; runs in the watched child."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from training.corpus.contamination.columns import ItemColumns, find_columns, id_of, text_of
from training.corpus.extract.formats import shown
from training.corpus.extract.records import Fault, FileResult, Item
from training.tasks.columns import NUM_LOOKED_AT
from training.tasks.content import RowFiles
from training.tasks.readers.raw import RawRow

MAX_ITEM_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class ReadItem:
    """One row as it is looked for; ``name`` is what it calls itself."""

    line: int
    name: str
    text: str
    member: str = ""


@dataclass
class ItemsResult(FileResult):
    """What one file of an evaluation set gave."""

    columns: list[str] = field(default_factory=list)
    id_column: str = ""


class ItemContent(RowFiles[ReadItem]):
    """Files of rows as items.

    ``found`` are the columns of the first file that has rows, once iterating has begun.
    """

    def __init__(self, columns: list[str], id_column: str) -> None:
        self._named, self._id_column = columns, id_column
        self.found: ItemColumns | None = None

    def _made(self, raw: Iterator[RawRow | Item]) -> Iterator[ReadItem | Item]:
        first = list(islice(raw, NUM_LOOKED_AT))
        rows = [item.values for item in first if isinstance(item, RawRow)]
        columns = find_columns(rows, self._named, self._id_column) if rows else None
        self.found = self.found or columns
        yield from _read(chain(first, raw), columns)


def _read(items: Iterable[RawRow | Item], columns: ItemColumns | None) -> Iterator[ReadItem | Item]:
    for item in items:
        if not isinstance(item, RawRow):
            yield item
        elif columns is not None:
            yield _item(item, columns)


def _item(row: RawRow, columns: ItemColumns) -> ReadItem | Fault:
    text = text_of(row.values, columns)
    if not text:
        return Fault(row.line, f"no text in the columns {', '.join(columns.texts)}")
    if len(text) > MAX_ITEM_CHARACTERS:
        return Fault(
            row.line,
            f"the row holds {len(text):,} characters; at most {MAX_ITEM_CHARACTERS:,} are compared",
        )
    return ReadItem(row.line, shown(id_of(row.values, columns)), text)
