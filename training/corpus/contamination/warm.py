"""Compiles the kernels of the search for evaluation items before anybody waits for them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from training.corpus.contamination.find import Finder
from training.corpus.contamination.index import Limits, build
from training.corpus.signals.batch import TextBatch


def warm_contamination(batch: TextBatch) -> None:
    """Look for the texts in themselves, with tables that are mapped as workers map them."""
    tables, _ = build(batch.texts, [0] * len(batch), Limits(ngram_words=3, least_words=3))
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            table.save(Path(folder))
        list(Finder.open(Path(folder), batch.texts).hits(batch))
