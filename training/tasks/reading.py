"""Raw rows of one file become normalised rows; runs in the watched child and in the helper.

The first rows decide the shape (``columns.recognise``); then each row is normalised, or is a
``Fault`` with its line. Members of archives are read as files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from training.corpus.extract.jsonl import json_name
from training.corpus.extract.records import Fault, FileResult, Item
from training.errors import FileRefusedError
from training.specs.tasks import Shape
from training.tasks.columns import NUM_LOOKED_AT, RowMapping, recognise, unused
from training.tasks.content import RowFiles
from training.tasks.readers.raw import RawRow
from training.tasks.shapes import Example, RowError, normalise, num_chars

_MAX_LISTED_COLUMNS = 100


@dataclass(frozen=True)
class ReadChoices:
    """What the spec says of reading; plain data, crosses to the child as JSON."""

    shape: str = str(Shape.AUTO)
    columns: dict[str, str] = field(default_factory=dict)
    key_column: str = ""
    labels: list[str] = field(default_factory=list)
    max_row_chars: int = 1_000_000


@dataclass
class RowsResult(FileResult):
    """What one file of rows gave."""

    shape: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReadRow:
    """A normalised row, where it stands, and its value of the column that rows are split by."""

    line: int
    file: str
    example: Example
    key: str
    member: str = ""


class RowContent(RowFiles[ReadRow]):
    """Files of rows as normalised rows of one shape; a file that fits none is refused.

    ``mapping`` is that of the first file that has rows; it is known once iterating has begun.
    """

    def __init__(self, choices: ReadChoices) -> None:
        self.choices = choices
        self.mapping: RowMapping | None = None
        self.unused: list[str] = []

    def _made(self, raw: Iterator[RawRow | Item]) -> Iterator[ReadRow | Item]:
        first = list(islice(raw, NUM_LOOKED_AT))
        rows = [item.values for item in first if isinstance(item, RawRow)]
        if not rows:
            yield from (item for item in chain(first, raw) if not isinstance(item, RawRow))
            return
        mapping = recognise(rows, Shape(self.choices.shape), self.choices.columns)
        keys = list(dict.fromkeys(str(key) for row in rows for key in row))
        if mapping is None:
            raise FileRefusedError(_no_shape(keys, self.choices.columns))
        if self.mapping is None:
            self.mapping = mapping
            self.unused = unused(keys, mapping)[:_MAX_LISTED_COLUMNS]
        elif mapping.shape != self.mapping.shape:
            raise FileRefusedError(
                f"holds rows of the shape {mapping.shape}, where others before it hold "
                f"{self.mapping.shape}; a set has one shape"
            )
        yield from self._normalised(chain(first, raw), mapping)

    def _normalised(
        self, items: Iterable[RawRow | Item], mapping: RowMapping
    ) -> Iterator[ReadRow | Item]:
        for item in items:
            if not isinstance(item, RawRow):
                yield item
                continue
            try:
                example = normalise(item.values, mapping)
                self._check(example)
                key = _key(item.values, self.choices.key_column)
            except RowError as error:
                yield Fault(item.line, str(error))
                continue
            yield ReadRow(item.line, item.file, example, key)

    def _check(self, example: Example) -> None:
        size = num_chars(example)
        if size > self.choices.max_row_chars:
            raise RowError(
                f"the row holds {size:,} characters; at most {self.choices.max_row_chars:,} are "
                "read (quality.max_row_chars)"
            )
        known = self.choices.labels
        if known and "label" in example and example["label"] not in known:
            shown = ", ".join(known[:10])
            raise RowError(f"the label {example['label'][:40]!r} is not valid; accepted: {shown}")


def _key(values: Mapping[str, Any], column: str) -> str:
    if not column:
        return ""
    if column not in values:
        raise RowError(f"the row has no column {column!r}, by which rows are divided")
    value = values[column]
    if value is None or isinstance(value, dict | list):
        raise RowError(f"the column {column!r}, by which rows are divided, is {json_name(value)}")
    return str(value)


def _no_shape(keys: list[str], named: Mapping[str, str]) -> str:
    shown = ", ".join(repr(key[:40]) for key in keys[:12]) or "none"
    for field_name, column in named.items():
        if column not in keys:
            return f"has no column {column!r}, which is named for {field_name}; it has {shown}"
    return (
        f"has columns that fit no shape ({shown}); accepted: text; text and label; instruction "
        "and output; messages; prompt, chosen and rejected. Say under columns which is which"
    )
