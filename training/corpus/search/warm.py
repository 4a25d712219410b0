"""Compiles the kernels of search before anybody waits for them."""

from __future__ import annotations

import numpy as np

from training.corpus.search.folding import fold_table
from training.corpus.search.phrase import Phrase
from training.corpus.signals.batch import TextBatch


def warm_search(batch: TextBatch) -> None:
    """Index and search a batch of texts."""
    from training.corpus.search import kernels

    phrase = Phrase.of("one two", ignores_case=True)
    is_wanted = np.ones(len(batch), dtype=np.bool_)
    phrase.find(batch.data, batch.offsets, is_wanted, 1)
    bounds, starts = np.array([0, len(batch)]), np.array([0, 8])
    bits = np.zeros(8, dtype=np.uint8)
    kernels.write_bits(batch.data, batch.offsets, fold_table(), bounds, starts, bits)
    bits.setflags(write=False)  # as the mapped index is
    kernels.blocks_with(bits, starts, phrase.grams)
