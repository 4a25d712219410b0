"""Parquet: rows of a file as plain data, and shards of extracted documents with their origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.tasks.readers.raw import RawRow

_BATCH_ROWS = 256


def read(path: Path) -> Iterator[RawRow | Fault]:
    """Rows of a Parquet file; ``line`` is the number of the row."""
    for number, values in enumerate(_rows(path, None), start=1):
        yield RawRow(number, values)


def read_documents(path: Path) -> Iterator[RawRow | Fault]:
    """Documents of one shard: their text beside the other fields of their row."""
    for number, values in enumerate(_rows(path, ["text", "origin", "meta"]), start=1):
        origin = values["origin"] or {}
        meta = json.loads(values["meta"] or "{}")
        row = {**meta, "text": values["text"]} if isinstance(meta, dict) else values
        yield RawRow(origin.get("line") or number, row, origin.get("file") or "")


def _rows(path: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise FileRefusedError(f"is no whole Parquet file ({reason})") from error
