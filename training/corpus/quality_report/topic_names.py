"""The words by which topics are told: the heaviest terms, found again in the sampled texts."""

from __future__ import annotations

import numpy as np

from training.corpus.quality_report.reading import Sampled
from training.corpus.quality_report.topics import Topics
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import TextBatch


def named_terms(topics: Topics, sample: Sampled) -> list[list[str]]:
    """[topics] the heaviest terms of each as words, in lower case."""
    tops = topics.top_terms()
    names = _words_of({term for terms in tops for term in terms}, sample)
    return [[names[term] for term in terms if term in names] for terms in tops]


def _words_of(hashes: set[int], sample: Sampled) -> dict[int, str]:
    """A word for each hash, from the first document that has it."""
    if not hashes:
        return {}
    wanted = np.array(sorted(hashes), dtype=np.uint64)
    items, bounds = sample.terms.items, sample.terms.bounds
    places = np.minimum(np.searchsorted(wanted, items), len(wanted) - 1)
    hits = np.flatnonzero(wanted[places] == items)
    _, first = np.unique(items[hits], return_index=True)
    rows = np.unique(np.searchsorted(bounds, hits[first], side="right") - 1)
    found: dict[int, str] = {}
    for row in rows.tolist():
        batch = TextBatch.of([sample.texts.of(row).tobytes().decode()])
        terms = WordPlaces.of(batch).terms()
        for key, start, stop in zip(
            terms.hashes.tolist(), terms.starts.tolist(), terms.stops.tolist(), strict=True
        ):
            if key in hashes and key not in found:
                found[key] = batch.data[start:stop].tobytes().decode().lower()
    return found
