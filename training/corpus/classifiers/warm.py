"""Compiles the kernels of classifiers before anybody waits for them."""

from __future__ import annotations

import numpy as np

from training.corpus.classifiers.hashed import fit_hashed, telling_runs
from training.corpus.classifiers.keywords import Entry, KeywordModel
from training.corpus.classifiers.linear import SQUARED
from training.corpus.signals.batch import TextBatch


def warm_classifiers(batch: TextBatch) -> None:
    """Fit on a few texts, score a batch of others, look for a word in them."""
    texts = ["one two", "one three", "four two", "four three", "one", "two"]
    targets = np.arange(len(texts), dtype=np.float64)
    model, _ = fit_hashed(texts, targets, SQUARED, ngrams=2, bits=10, min_rows=1)
    telling_runs(model, texts)
    model.score(batch)
    KeywordModel.of([Entry("one two")]).count(batch)
