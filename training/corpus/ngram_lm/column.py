"""The column of perplexities under one model: its name holds the id of the model's manifest."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.ngram_lm.model import open_model
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SCORES_PREFIX
from training.corpus.text_columns import OfTexts, text_columns

#: Raised when the same model would give other numbers.
_VERSION = 1
_MOST = np.finfo(np.float32).max


def column_name(model_id: str) -> str:
    """As ``score-perplexity-<id>-v1``."""
    return f"{SCORES_PREFIX}perplexity-{model_id}-v{_VERSION}"


def perplexities(
    model: Path, documents: Documents, runner: ShardRunner, name: str
) -> npt.NDArray[np.float32]:
    """[documents] in their order, scored shard by shard; ``name`` is that of the column."""
    opened = functools.partial(_scorer, model.resolve())
    return text_columns(name, opened, np.float32, documents, runner)[:, 0]


def _scorer(folder: Path) -> OfTexts:
    model = open_model(folder)

    def score(texts: pa.LargeStringArray, first: int) -> npt.NDArray[np.float64]:
        return np.minimum(model.score(TextBatch(texts)).perplexity, _MOST)

    return score
