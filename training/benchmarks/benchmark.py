"""The ``benchmark`` artifact: items of one set or several, each with its origin.

``items.parquet`` has a row for each item, ``benchmark.json`` says which sets, splits and categories
there are, ``files.json`` what each file gave (docs/formats.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from training.folder.artifact import Manifest, require_described

KIND = "benchmark"
FORMAT_VERSION = 1
ITEMS_FILE = "items.parquet"
INFO_FILE = "benchmark.json"
FILES_FILE = "files.json"
GROUP_ROWS = 1_024

ITEMS = pa.schema(
    [
        ("set", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("question", pa.large_string()),
        ("choices", pa.list_(pa.large_string())),
        ("answer", pa.int32()),
        ("category", pa.string()),
        ("split", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
    ]
)


@dataclass(frozen=True)
class BenchmarkItem:
    """One item. ``index`` is its row in the artifact; a cloze has one choice, the target."""

    index: int
    set: str
    name: str
    kind: str
    question: str
    choices: tuple[str, ...]
    answer: int
    category: str
    split: str
    file: str
    line: int

    @property
    def right(self) -> str:
        """The right choice."""
        return self.choices[self.answer]

    @property
    def content(self) -> tuple[str, tuple[str, ...]]:
        """What it asks; equal for copies of an item, whatever they are called."""
        return " ".join(self.question.split()), self.choices


@dataclass(frozen=True)
class Benchmark:
    """A benchmark opened for reading; ``info`` is ``benchmark.json``."""

    folder: Path
    manifest: Manifest
    info: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is none, torn, or written by a newer Trainyard."""
        manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION, keys=("sets",), advice="Make it again."
        )
        return cls(folder, manifest, info)

    @property
    def splits(self) -> list[str]:
        """The splits that items name, in order of the files; empty when they name none."""
        return [str(name) for name in self.info.get("splits", {}) if name]

    def items(self) -> list[BenchmarkItem]:
        """All items in order."""
        with pq.ParquetFile(self.folder / ITEMS_FILE) as file:
            rows = file.read().to_pylist()
        return [_item(index, row) for index, row in enumerate(rows)]

    def page(self, start: int, count: int) -> list[BenchmarkItem]:
        """Items [start, start + count); reads only the row groups that hold them."""
        found: list[BenchmarkItem] = []
        with pq.ParquetFile(self.folder / ITEMS_FILE) as file:
            first = 0
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                begin, end = max(start - first, 0), min(start + count - first, size)
                if begin < end:
                    rows = file.read_row_group(group).slice(begin, end - begin).to_pylist()
                    found += [_item(first + begin + at, row) for at, row in enumerate(rows)]
                first += size
        return found


def _item(index: int, row: dict[str, Any]) -> BenchmarkItem:
    return BenchmarkItem(index=index, **{**row, "choices": tuple(row["choices"])})
