"""Compiles the kernels of the quality report before anybody waits for them."""

from __future__ import annotations

from training.corpus.quality_report.facts import facts_of
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import TextBatch


def warm_quality_report(batch: TextBatch) -> None:
    """Count a batch of texts."""
    facts_of(batch, WordPlaces.of(batch))
