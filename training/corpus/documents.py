"""The ``documents`` artifact: Parquet shards of about 64 MB of text, written once, read in order.

``doc_id`` (16 bytes) = BLAKE2b of (SHA-256 of the file, member, ordinal): it names a place in a
file, so equal texts in different places have different ids. Besides the shards the folder holds
``files.json``: what each file gave, with its faults.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import DataError
from training.folder.artifact import Manifest, require_kind

SHARD_BYTES = 64 << 20
#: Texts per batch when reading; a batch also ends at a row group.
BATCH_ROWS = 4_096
_GROUP_BYTES = 8 << 20
FILES_FILE = "files.json"
_SHARDS = "shard-*.parquet"

#: Where a document stands: ``member`` is empty outside archives, page and line null where the
#: format has none.
ORIGIN = pa.struct(
    [
        ("file", pa.string()),
        ("page", pa.int32()),
        ("line", pa.int64()),
        ("offset", pa.int64()),
        ("member", pa.string()),
    ]
)
#: Columns of few values. A dictionary of texts would be built, given up, and read at half speed.
DICTIONARIES = ["source", "language", "origin.file", "origin.member"]
SCHEMA = pa.schema(
    [
        ("doc_id", pa.binary(16)),
        ("text", pa.large_string()),
        ("source", pa.dictionary(pa.int32(), pa.string())),
        ("language", pa.dictionary(pa.int32(), pa.string())),
        ("origin", ORIGIN),
        ("meta", pa.string()),
    ]
)


def document_id(file_sha256: str, member: str, ordinal: int) -> bytes:
    """16 bytes that name a document's place: the same file read the same way gives the same."""
    text = f"{file_sha256}\0{member}\0{ordinal}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class DocumentWriter:
    """Appends record batches of ``SCHEMA`` to shards; memory is one row group."""

    def __init__(self, folder: Path, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder = folder
        self.num_shards = 0
        self.num_documents = 0
        self.num_text_bytes = 0
        self._shard_bytes = shard_bytes
        self._writer: pq.ParquetWriter | None = None
        self._shard_text_bytes = 0
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._write_group()
        if self._writer is not None:
            self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append documents."""
        self._waiting.append(batch)
        self._waiting_bytes += batch.nbytes
        if self._waiting_bytes >= min(_GROUP_BYTES, self._shard_bytes):
            self._write_group()

    def _write_group(self) -> None:
        if not self._waiting:
            return
        table = pa.Table.from_batches(self._waiting, SCHEMA).combine_chunks()
        if self._writer is None:
            path = self.folder / f"shard-{self.num_shards:05d}.parquet"
            self._writer = pq.ParquetWriter(
                path, SCHEMA, compression="zstd", use_dictionary=DICTIONARIES
            )
            self.num_shards += 1
        self._writer.write_table(table)
        self.num_documents += table.num_rows
        self.num_text_bytes += self._waiting_bytes
        self._shard_text_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        if self._shard_text_bytes >= self._shard_bytes:
            self._writer.close()
            self._writer, self._shard_text_bytes = None, 0


@dataclass(frozen=True)
class Documents:
    """A documents artifact opened for reading."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is no documents artifact or has no shards."""
        documents = cls(folder, require_kind(folder, "documents"))
        if not documents.shards():
            raise DataError(f"{folder.name} holds no documents.")
        return documents

    def shards(self) -> list[Path]:
        """The Parquet files in order."""
        return sorted(self.folder.glob(_SHARDS))

    @property
    def num_documents(self) -> int:
        """Documents in all shards."""
        return self.starts()[-1]

    def starts(self) -> tuple[int, ...]:
        """[shards + 1] places of the first document of every shard, and how many there are."""
        sizes = (pq.read_metadata(shard).num_rows for shard in self.shards())
        return tuple(itertools.accumulate(sizes, initial=0))

    def batches(
        self, columns: Sequence[str] = ("doc_id", "text"), batch_rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Record batches of the named columns, in order."""
        for shard in self.shards():
            yield from shard_batches(shard, columns, batch_rows)

    def rows(self, indices: Sequence[int], columns: Sequence[str]) -> list[dict[str, Any]]:
        """The documents with these (ascending) indices; reads only the row groups that hold them.

        Meant for a page of examples, not for a pass over the corpus.
        """
        found, start, wanted = [], 0, list(indices)
        for shard in self.shards():
            file = pq.ParquetFile(shard)
            for group in range(file.num_row_groups):
                stop = start + file.metadata.row_group(group).num_rows
                here = [index - start for index in wanted if start <= index < stop]
                if here:
                    table = file.read_row_group(group, columns=list(columns))
                    found.extend(table.take(here).to_pylist())
                start = stop
        return found


def shard_batches(
    shard: Path, columns: Sequence[str], batch_rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """Record batches of one shard; memory is one row group."""
    with pq.ParquetFile(shard) as file:
        yield from file.iter_batches(batch_size=batch_rows, columns=list(columns))
