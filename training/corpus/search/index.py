"""The index of a corpus: which grams occur in every block of documents; made with the signals.

Beside the signals, for every shard of the documents:

* ``search-NNNNN.bits``  the bits of its blocks, one block after another;
* ``search-NNNNN.blocks``  int64 [blocks, 4], little endian: row group, first document (in the
  shard), document behind the last one, and the first byte of its bits.

A block is a run of documents of one row group with about `BLOCK_BYTES` of text, or one document
that is longer. The grams of a phrase are all in the block of a document that holds it (a Bloom
filter with one hash: Bloom 1970), so most texts need not be read. Bits are of folded text: one
index serves searches with and without case.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.corpus.search.folding import fold_table
from training.corpus.search.phrase import Phrase
from training.corpus.signals.batch import TextBatch
from training.folder.atomic import write_bytes

#: Raised when the same texts would give another index.
INDEX_VERSION = 1
BLOCK_BYTES = 256 << 10
#: Bits for a byte of text: 0.5 is 6.25 % of the text.
_BITS_PER_BYTE = 0.5
_LEAST_BYTES = 8

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Documents [first, stop) of a shard, all in one row group."""

    group: int
    first: int
    stop: int


class IndexWriter:
    """Writes the index of one shard; its batches come in order, wherever they are cut."""

    def __init__(self, folder: Path, number: int, shard: Path) -> None:
        self._table_path = _table_file(folder, number)
        self._bits = _bits_file(folder, number).open("wb")
        self._group_starts = group_starts(shard)
        self._rows: list[tuple[int, int, int, int]] = []
        self._num_documents = self._num_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._bits as bits:
            if error is None:
                bits.flush()
                os.fsync(bits.fileno())
        if error is None:
            write_bytes(self._table_path, np.array(self._rows, dtype="<i8").tobytes())

    def add(self, batch: TextBatch) -> None:
        """Append a batch of texts."""
        from training.corpus.search import kernels

        edges = self._group_starts - self._num_documents
        bounds = block_bounds(batch.offsets, edges[(edges > 0) & (edges < len(batch))])
        sizes = batch.offsets[bounds[1:]] - batch.offsets[bounds[:-1]]
        num_bytes = np.maximum(_LEAST_BYTES, np.ceil(sizes * _BITS_PER_BYTE / 8).astype(np.int64))
        starts = np.concatenate([[0], np.cumsum(num_bytes)])
        bits = np.zeros(int(starts[-1]), dtype=np.uint8)
        kernels.write_bits(batch.data, batch.offsets, fold_table(), bounds, starts, bits)
        self._bits.write(bits.tobytes())
        for first, stop, start in zip(bounds[:-1], bounds[1:], starts[:-1], strict=True):
            row = self._num_documents + int(first)
            group = int(np.searchsorted(self._group_starts, row, side="right")) - 1
            self._rows.append(
                (group, row, self._num_documents + int(stop), self._num_bytes + int(start))
            )
        self._num_documents += len(batch)
        self._num_bytes += len(bits)


class ShardIndex:
    """The index of one shard, mapped."""

    def __init__(self, table: Int64, bits: npt.NDArray[np.uint8]) -> None:
        self._table, self._bits = table, bits

    @classmethod
    def read(cls, folder: Path, number: int, num_documents: int) -> ShardIndex | None:
        """None when there is none, or none that can be true: then the shard is read whole."""
        file = _bits_file(folder, number)
        try:
            table = np.fromfile(_table_file(folder, number), dtype="<i8").reshape(-1, 4)
            size = file.stat().st_size
        except (OSError, ValueError):
            return None
        # The kernel does not look whether it reads within the file.
        starts = np.append(table[:, 3], size)
        bounds = np.append(table[:, 1], num_documents)
        is_whole = (bounds[0], starts[0]) == (0, 0) and (np.diff(starts) > 0).all()
        if not is_whole or (bounds[1:] != table[:, 2]).any():
            return None
        empty = np.empty(0, dtype=np.uint8)
        return cls(table, np.memmap(file, dtype=np.uint8, mode="r") if size else empty)

    def parts(self, phrase: Phrase) -> list[Part]:
        """Where a document with the phrase may be, in order."""
        from training.corpus.search import kernels

        starts = np.append(self._table[:, 3], len(self._bits))
        may_hold = kernels.blocks_with(self._bits, starts, phrase.grams)
        return [Part(int(g), int(a), int(b)) for g, a, b, _ in self._table[may_hold].tolist()]


def block_bounds(offsets: Int64, edges: Int64) -> Int64:
    """Cuts a batch into blocks: [first text of each ..., number of texts], also at ``edges``."""
    bounds = [0]
    for edge in [*edges.tolist(), len(offsets) - 1]:
        while bounds[-1] < edge:
            limit = offsets[bounds[-1]] + BLOCK_BYTES
            behind = int(np.searchsorted(offsets, limit, side="left"))
            bounds.append(min(edge, max(behind, bounds[-1] + 1)))
    return np.array(bounds, dtype=np.int64)


def group_starts(shard: Path) -> Int64:
    """First row of every row group of a shard, and the number of rows."""
    metadata = pq.read_metadata(shard)
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _table_file(folder: Path, number: int) -> Path:
    return folder / f"search-{number:05d}.blocks"


def _bits_file(folder: Path, number: int) -> Path:
    return folder / f"search-{number:05d}.bits"
