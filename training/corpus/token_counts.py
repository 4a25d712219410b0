"""How many tokens each document has by one tokenizer: a column, counted once, shard by shard.

Its name holds the id of the tokenizer's manifest. Counts are those of the whole text as it lies in
the documents artifact, without the end-of-text token and before redaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.signals.table import SCORES_PREFIX

#: Raised when the same tokenizer would give other counts.
_VERSION = 1
_NUMBER = np.dtype(np.int32)
_BATCH_ROWS = 512


def column_name(tokenizer_id: str) -> str:
    """As ``score-tokens-<id>-v1``; empty for no tokenizer."""
    return f"{SCORES_PREFIX}tokens-{tokenizer_id}-v{_VERSION}" if tokenizer_id else ""


def token_counts(
    tokenizer: Path, documents: Documents, runner: ShardRunner, name: str
) -> npt.NDArray[np.int32]:
    """[documents] in their order; ``name`` is that of the column."""
    shards = tuple(shard.resolve() for shard in documents.shards())
    starts = np.cumsum([0, *(pq.read_metadata(shard).num_rows for shard in shards)]).tolist()
    path = (runner.folder / f"{name}.bin").resolve()
    with path.open("ab") as file:
        file.truncate(starts[-1] * _NUMBER.itemsize)
    work = TokenCounter(tokenizer.resolve(), shards, tuple(starts), path)
    runner.run(name, work, len(shards), starts[-1])
    return np.fromfile(path, dtype=_NUMBER)


@dataclass(frozen=True)
class TokenCounter:
    """Writes the counts of a shard at their place in ``path``."""

    tokenizer: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    path: Path

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Encode every text, a few hundred at a time."""
        from training.tokenizers.encode import encode_texts
        from training.tokenizers.load import load_tokenizer, set_threads

        set_threads(1)
        tokenizer = load_tokenizer(self.tokenizer)
        at = self.starts[shard]
        with self.path.open("r+b") as file:
            for batch in shard_batches(self.shards[shard], ("text",), _BATCH_ROWS):
                check()
                ids = encode_texts(tokenizer, batch.column("text").to_pylist())
                counts = np.fromiter((len(one) for one in ids), _NUMBER, batch.num_rows)
                file.seek(at * _NUMBER.itemsize)
                file.write(counts.tobytes())
                at += batch.num_rows
        return at - self.starts[shard]
