"""How long a text is: UTF-8 bytes, and words as ``signals.characters`` defines them."""

from __future__ import annotations

import numpy as np

from training.corpus.signals.batch import Int64, TextBatch


def num_bytes(batch: TextBatch) -> Int64:
    """UTF-8 bytes of each text."""
    return np.diff(batch.offsets)


def word_count(batch: TextBatch) -> Int64:
    """Words of each text (characters in scripts without spaces)."""
    return batch.words.counts
