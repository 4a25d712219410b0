"""Numbers of every text by something that must be opened first: a model, a classifier, a tokenizer.

Shards are read side by side, each once; its numbers are written at their place in one file, so an
attempt that follows a killed one does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.documents import BATCH_ROWS, Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner

#: From texts and the place of the first of them: [texts] or [texts, width] numbers.
OfTexts = Callable[[pa.LargeStringArray, int], npt.NDArray[Any]]


def text_columns(
    name: str,
    opened: Callable[[], OfTexts],
    number: npt.DTypeLike,
    documents: Documents,
    runner: ShardRunner,
    *,
    width: int = 1,
    batch_rows: int = BATCH_ROWS,
) -> npt.NDArray[Any]:
    """[documents, width] in their order; ``name`` is that of the stage and of its file.

    ``opened`` is called in each worker, so it must be picklable.
    """
    starts = documents.starts()
    path = (runner.folder / f"{name}.bin").resolve()
    writer = _Writer(
        tuple(shard.resolve() for shard in documents.shards()),
        starts,
        path,
        opened,
        np.dtype(number),
        width,
        batch_rows,
    )
    with path.open("ab") as file:
        file.truncate(starts[-1] * writer.row_bytes)
    runner.run(name, writer, len(writer.shards), starts[-1])
    return np.fromfile(path, dtype=writer.number).reshape(-1, width)


@dataclass(frozen=True)
class _Writer:
    """Writes the numbers of a shard at their place in ``path``."""

    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    path: Path
    opened: Callable[[], OfTexts]
    number: np.dtype[Any]
    width: int
    batch_rows: int

    @property
    def row_bytes(self) -> int:
        """Of the numbers of one document."""
        return self.width * self.number.itemsize

    def __call__(self, shard: int, check: CheckStop) -> int:
        of_texts, at = self.opened(), self.starts[shard]
        with self.path.open("r+b") as file:
            file.seek(at * self.row_bytes)
            for batch in shard_batches(self.shards[shard], ("text",), self.batch_rows):
                check()
                values = of_texts(batch.column("text"), at)
                file.write(np.ascontiguousarray(values, dtype=self.number).tobytes())
                at += batch.num_rows
        return at - self.starts[shard]
