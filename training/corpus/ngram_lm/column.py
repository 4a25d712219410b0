"""The column of perplexities under one model: its name holds the id of the model's manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.ngram_lm.model import open_model
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SCORES_PREFIX

#: Raised when the same model would give other numbers.
_VERSION = 1
_NUMBER = np.dtype(np.float32)


def column_name(model_id: str) -> str:
    """As ``score-perplexity-<id>-v1``."""
    return f"{SCORES_PREFIX}perplexity-{model_id}-v{_VERSION}"


def perplexities(
    model: Path, documents: Documents, runner: ShardRunner, name: str
) -> npt.NDArray[np.float32]:
    """[documents] in their order, scored shard by shard; ``name`` is that of the column."""
    shards = tuple(shard.resolve() for shard in documents.shards())
    starts = np.cumsum([0, *(pq.read_metadata(shard).num_rows for shard in shards)]).tolist()
    path = (runner.folder / f"{name}.bin").resolve()
    with path.open("ab") as file:
        file.truncate(starts[-1] * _NUMBER.itemsize)
    writer = PerplexityWriter(model.resolve(), shards, tuple(starts), path)
    runner.run(name, writer, len(shards), starts[-1])
    return np.fromfile(path, dtype=_NUMBER)


@dataclass(frozen=True)
class PerplexityWriter:
    """Writes the perplexities of a shard at their place in ``path``."""

    model: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    path: Path

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Score every text."""
        scorer = open_model(self.model)
        at = self.starts[shard]
        with self.path.open("r+b") as file:
            for batch in shard_batches(self.shards[shard], ("text",)):
                check()
                values = scorer.score(TextBatch(batch.column("text"))).perplexity
                file.seek(at * _NUMBER.itemsize)
                file.write(np.minimum(values, np.finfo(_NUMBER).max).astype(_NUMBER).tobytes())
                at += batch.num_rows
        return at - self.starts[shard]
