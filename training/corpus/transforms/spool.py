"""Texts between two passes: what some transforms left of a shard, for the next pass to begin with.

One Arrow stream for each shard, compressed; a record batch of it has the texts of one batch of
documents, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

_SCHEMA = pa.schema([("text", pa.large_string())])


@contextmanager
def text_writer(folder: Path, shard: int) -> Iterator[Callable[[pa.LargeStringArray], None]]:
    """Takes the texts of one batch after another."""
    folder.mkdir(parents=True, exist_ok=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        pa.OSFile(str(_file(folder, shard)), "wb") as file,
        pa.ipc.new_stream(file, _SCHEMA, options=options) as stream,
    ):

        def write(texts: pa.LargeStringArray) -> None:
            stream.write_batch(pa.RecordBatch.from_arrays([texts], schema=_SCHEMA))

        yield write


def read_texts(folder: Path, shard: int) -> Iterator[pa.LargeStringArray]:
    """The same, batch by batch."""
    with pa.OSFile(str(_file(folder, shard)), "rb") as file, pa.ipc.open_stream(file) as stream:
        for batch in stream:
            yield batch.column(0)


def _file(folder: Path, shard: int) -> Path:
    return folder / f"{shard:05d}.arrow"
