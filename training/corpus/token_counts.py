"""How many tokens each document has by one tokenizer: a column, counted once, shard by shard.

Its name holds the id of the tokenizer's manifest. Counts are those of the whole text as it lies in
the documents artifact, without the end-of-text token and before redaction.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.signals.table import SCORES_PREFIX
from training.corpus.text_columns import OfTexts, text_columns

#: Raised when the same tokenizer would give other counts.
_VERSION = 1
_BATCH_ROWS = 512


def column_name(tokenizer_id: str) -> str:
    """As ``score-tokens-<id>-v1``; empty for no tokenizer."""
    return f"{SCORES_PREFIX}tokens-{tokenizer_id}-v{_VERSION}" if tokenizer_id else ""


def token_counts(
    tokenizer: Path, documents: Documents, runner: ShardRunner, name: str
) -> npt.NDArray[np.int32]:
    """[documents] in their order; ``name`` is that of the column."""
    opened = functools.partial(_counter, tokenizer.resolve())
    counts = text_columns(name, opened, np.int32, documents, runner, batch_rows=_BATCH_ROWS)
    return counts[:, 0]


def _counter(folder: Path) -> OfTexts:
    from training.tokenizers.encoders import choose_encoder
    from training.tokenizers.load import load_tokenizer, set_threads

    set_threads(1)
    encoder = choose_encoder(load_tokenizer(folder)).encoder

    def count(texts: pa.LargeStringArray, first: int) -> npt.NDArray[np.int32]:
        ids = encoder.encode(texts.to_pylist())
        return np.fromiter((len(one) for one in ids), np.int32, len(texts))

    return count
