"""Parquet: rows of a file as plain data, and shards of extracted documents with their origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.tasks.readers.raw import RawRow

_BATCH_ROWS = 256


def read(source: ByteSource) -> Iterator[RawRow | Fault]:
    """Rows of a Parquet file; ``line`` is the number of the row."""
    for number, values in enumerate(_rows(source, None), start=1):
        yield RawRow(number, values)


def read_documents(source: ByteSource) -> Iterator[RawRow | Fault]:
    """Documents of one shard: their text beside the other fields of their row."""
    for number, values in enumerate(_rows(source, ["text", "origin", "meta"]), start=1):
        origin = values["origin"] or {}
        meta = json.loads(values["meta"] or "{}")
        row = {**meta, "text": values["text"]} if isinstance(meta, dict) else values
        yield RawRow(origin.get("line") or number, row, origin.get("file") or "")


def _rows(source: ByteSource, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    try:
        with source.as_seekable() as raw, pq.ParquetFile(raw) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise FileRefusedError(f"is no whole Parquet file ({reason})") from error
