"""Compiles the kernels of the quality report before anybody waits for them."""

from __future__ import annotations

import numpy as np

from training.corpus.quality_report.facts import facts_of
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import TextBatch


def warm_quality_report(batch: TextBatch) -> None:
    """Count a batch of texts, and their words on a list."""
    from training.corpus.signals.kernels import count_members

    facts_of(batch, WordPlaces.of(batch))
    words = batch.words
    count_members(words.hashes, words.offsets, np.sort(words.hashes[:2]))
