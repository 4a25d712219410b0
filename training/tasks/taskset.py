"""The ``tasks`` artifact: one Parquet file per split, rows of one shape, each with its origin.

``tasks.json`` says what the rows are; ``quality.json`` what was found odd; ``files.json`` what each
file gave. The splits are files of their own so that a reader of two of them never opens the third.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import DataError
from training.folder.artifact import Manifest, require_described
from training.specs.tasks import Shape
from training.tasks.shapes import STORED, Example

FORMAT_VERSION = 1
INFO_FILE = "tasks.json"
QUALITY_FILE = "quality.json"
FILES_FILE = "files.json"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
_GROUP_ROWS = 4_096

_TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))
_ORIGIN = pa.struct([("file", pa.string()), ("line", pa.int64())])
_FIELDS: dict[Shape, list[tuple[str, pa.DataType]]] = {
    Shape.TEXT: [("text", pa.large_string())],
    Shape.CLASSIFICATION: [
        ("text", pa.large_string()), ("label", pa.string()), ("metadata", pa.large_string()),
    ],
    Shape.INSTRUCTION: [
        ("system", pa.large_string()), ("instruction", pa.large_string()),
        ("input", pa.large_string()), ("output", pa.large_string()), ("task_type", pa.string()),
    ],
    Shape.CHAT: [("messages", _TURNS)],
    Shape.PREFERENCE: [
        ("messages", _TURNS), ("chosen", pa.large_string()), ("rejected", pa.large_string()),
    ],
}  # fmt: skip


def schema_of(shape: Shape) -> pa.Schema:
    """Columns of a split: the row's id, the fields of its shape, where it came from."""
    fields = _FIELDS[STORED.get(shape, shape)]
    return pa.schema([("row_id", pa.binary(16)), *fields, ("origin", _ORIGIN)])


def split_file(split: str) -> str:
    """The name of a split's file."""
    return f"{split}.parquet"


class SplitWriter:
    """Appends rows to the file of one split; memory is one row group."""

    def __init__(self, folder: Path, split: str, shape: Shape) -> None:
        self.num_rows = 0
        self._schema = schema_of(shape)
        self._writer = pq.ParquetWriter(
            folder / split_file(split), self._schema, compression="zstd"
        )
        self._waiting: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        self._writer.close()

    def add(self, row_id: bytes, example: Example, file: str, line: int) -> None:
        """Append one row."""
        origin = {"file": file, "line": line}
        self._waiting.append({"row_id": row_id, **example, "origin": origin})
        self.num_rows += 1
        if len(self._waiting) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_batch(pa.RecordBatch.from_pylist(self._waiting, self._schema))
        self._waiting = []


@dataclass(frozen=True)
class TaskSet:
    """A task set opened for reading; no split is opened before it is asked for."""

    folder: Path
    manifest: Manifest
    shape: Shape
    #: Rows per split.
    splits: dict[str, int]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is none, or written by a newer Trainyard."""
        manifest, info = require_described(
            folder, "tasks", INFO_FILE, FORMAT_VERSION,
            keys=("shape", "splits"), advice="Run the tasks job again.",
        )  # fmt: skip
        return cls(folder, manifest, Shape(info["shape"]), info["splits"])

    def rows(self, split: str, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of one split in order; no other file is opened."""
        path = self._path(split)
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=512, columns=columns):
                yield from batch.to_pylist()

    def page(self, split: str, start: int, count: int) -> list[dict[str, Any]]:
        """Rows [start, start + count) of a split; reads only the row groups that hold them."""
        found: list[dict[str, Any]] = []
        with pq.ParquetFile(self._path(split)) as file:
            first = 0
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                begin, end = max(start - first, 0), min(start + count - first, size)
                if begin < end:
                    table = file.read_row_group(group)
                    found.extend(table.slice(begin, end - begin).to_pylist())
                first += size
        return found

    def _path(self, split: str) -> Path:
        if split not in self.splits:
            raise DataError(
                f"The task set has no split {split!r}; it has {', '.join(self.splits)}."
            )
        return self.folder / split_file(split)
