"""Compiles the kernels of signals before anybody waits for them."""

from __future__ import annotations

from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS
from training.specs.signals import Segmentation


def warm_signals(batch: TextBatch) -> None:
    """Compute every signal of a batch of texts."""
    for row in SIGNALS.values():
        row.load()(batch)
    # Words of Chinese by a dictionary have a kernel of their own.
    assert len(TextBatch(batch.texts, Segmentation.RJIEBA).words.hashes)
