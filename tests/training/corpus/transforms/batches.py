"""Batches of texts without files, and transforms run on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import edited
from training.corpus.transforms.transform import Batch
from training.registry import TRANSFORMS


def batch_of(texts: list[str]) -> Batch:
    """Documents of one source."""
    return Batch(TextBatch.of(texts), 0, np.zeros(len(texts), np.uint64), lambda: None)


def transformed(name: str, texts: list[str], **options: Any) -> list[tuple[str, list[str]]]:
    """(text, why each piece went) of every text, by a transform that needs no preparing pass."""
    row = TRANSFORMS[name]
    made = row.load()(row.load_spec()(is_on=True, **options), Path())
    batch = batch_of(texts)
    edits = made.editor(0)(batch)
    reasons = [
        [made.reasons[r] for t, r in zip(edits.texts, edits.reasons, strict=True) if t == place]
        for place in range(len(texts))
    ]
    return list(zip(edited(batch.texts, edits).to_pylist(), reasons, strict=True))
