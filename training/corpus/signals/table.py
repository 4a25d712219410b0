"""The signals of a corpus as columns, beside the documents and in their order.

Written shard by shard (``signals/part-00000.parquet`` belongs to the first documents shard), read
whole: about 80 bytes per document, which is what makes thresholds instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.documents import shard_batches
from training.corpus.signals.batch import TextBatch
from training.errors import DataError
from training.registry import SIGNALS

SIGNALS_FOLDER = "signals"


@dataclass(frozen=True)
class SignalTable:
    """Columns of equal length. ``ids`` and ``text_hashes`` are [N, 2] big-endian halves.

    ``values`` holds the signals that are numbers; ``sources`` [N] indexes ``source_names``.
    """

    ids: npt.NDArray[np.uint64]
    text_hashes: npt.NDArray[np.uint64]
    sources: npt.NDArray[np.int32]
    source_names: tuple[str, ...]
    values: dict[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(self.ids)

    def doc_id(self, index: int) -> str:
        """32 hex digits."""
        return "".join(f"{int(half):016x}" for half in self.ids[index])

    @classmethod
    def read(cls, corpus: Path) -> Self:
        """The signals of a corpus artifact; DataError when there are none."""
        parts = sorted((corpus / SIGNALS_FOLDER).glob("part-*.parquet"))
        if not parts:
            raise DataError(f"{corpus.name} holds no signals.", advice="Run the clean job again.")
        return cls.of([pq.ParquetFile(part).read() for part in parts])

    @classmethod
    def of(cls, tables: Sequence[pa.Table]) -> Self:
        """Join the signals of shards."""
        table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
        source = _chunk(table, "source")
        numbers = [name for name in table.column_names if name not in _NOT_NUMBERS]
        return cls(
            ids=_halves(_chunk(table, "doc_id")),
            text_hashes=_halves(_chunk(table, "text_hash")),
            sources=source.indices.to_numpy(zero_copy_only=False).astype(np.int32),
            source_names=tuple(source.dictionary.to_pylist()),
            values={name: _chunk(table, name).to_numpy(zero_copy_only=False) for name in numbers},
        )


_NOT_NUMBERS = {"doc_id", "source", "text_hash"}


def write_signals(shard: Path, destination: Path) -> int:
    """Compute all signals of one documents shard; returns its number of documents."""
    batches = [signals_of(batch) for batch in shard_batches(shard, ("doc_id", "source", "text"))]
    table = pa.Table.from_batches(batches).unify_dictionaries()
    pq.write_table(table, destination, compression="zstd")
    return int(table.num_rows)


def signals_of(batch: pa.RecordBatch) -> pa.RecordBatch:
    """All signals of a batch of documents (columns doc_id, source, text)."""
    texts = TextBatch(batch.column("text"))
    columns = {"doc_id": batch.column("doc_id"), "source": batch.column("source")}
    for name, row in SIGNALS.items():
        value = row.load()(texts)
        columns[name] = value if isinstance(value, pa.Array) else pa.array(value)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _chunk(table: pa.Table, name: str) -> Any:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _halves(array: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint64]:
    """16-byte values as two numbers whose order is the order of the bytes."""
    data = np.frombuffer(array.buffers()[1], dtype=">u8", count=2 * (len(array) + array.offset))
    return data.reshape(-1, 2)[array.offset :].astype(np.uint64)
