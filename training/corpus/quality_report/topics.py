"""Topics of a corpus: spherical k-means of TF-IDF vectors, with nothing learnt elsewhere.

1. Terms are words of three letters or more; in scripts without spaces, pairs of characters.
2. The `MOST_TERMS` terms that stand in the most documents of the sample, but in no more than a
   quarter of them and in three at least, weigh (1 + ln count) x ln(documents / documents with it).
3. Vectors of length 1 are grouped by k-means with seeded k-means++ beginnings (Dhillon & Modha
   2001), on at most `MOST_FITTED` documents of the sample of the whole before cleaning; all other
   documents go to the topic nearest to them.

The effective number of topics is exp(entropy) of their shares: k when all are equally frequent, 1
when one is all. It compares sources of one report; it is no count of what a corpus is about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.quality_report.reading import Streams
from training.corpus.signals.batch import Int64

Float32 = npt.NDArray[np.float32]
UInt64 = npt.NDArray[np.uint64]

MOST_TERMS, LEAST_DOCUMENTS, MOST_SHARE = 4_000, 3, 0.25
#: Fewer documents than this for each topic: fewer topics.
DOCUMENTS_PER_TOPIC = 10
#: More documents tell the same topics, and vectors take memory.
MOST_FITTED = 4_000
TERMS_SHOWN = 8
_ROUNDS = 30
_ROWS = 2_000


@dataclass(frozen=True)
class Topics:
    """``terms`` [terms] by which documents are compared, ``centres`` [topics, terms]."""

    terms: UInt64
    weights: Float32
    centres: Float32

    def __len__(self) -> int:
        return len(self.centres)

    def top_terms(self) -> list[list[int]]:
        """The hashes of the heaviest terms of each topic."""
        order = np.argsort(-self.centres, axis=1, kind="stable")[:, :TERMS_SHOWN]
        return [
            [int(self.terms[place]) for place in row if centre[place] > 0]
            for row, centre in zip(order, self.centres, strict=True)
        ]

    def assign(self, streams: Streams, rows: Int64) -> Int64:
        """[rows] the nearest topic of each document; -1 of one that has none of the terms."""
        found = np.full(len(rows), -1, dtype=np.int64)
        if not len(self):
            return found
        for start in range(0, len(rows), _ROWS):
            vectors = _vectors(streams, rows[start : start + _ROWS], self.terms, self.weights)
            nearest = (vectors @ self.centres.T).argmax(axis=1)
            found[start : start + _ROWS] = np.where(vectors.any(axis=1), nearest, -1)
        return found


def find_topics(streams: Streams, rows: Int64, number: int, seed: int) -> Topics:
    """At most ``number`` topics of the documents ``rows``, the largest first."""
    rows = rows[:MOST_FITTED]
    terms, weights = _terms_of(streams, rows)
    vectors = _vectors(streams, rows, terms, weights)
    vectors = vectors[vectors.any(axis=1)]
    number = min(number, len(vectors) // DOCUMENTS_PER_TOPIC)
    if number < 2:
        return Topics(terms, weights, np.zeros((0, len(terms)), dtype=np.float32))
    random = np.random.Generator(np.random.PCG64(seed))
    centres = _beginnings(vectors, number, random)
    nearest = np.full(len(vectors), -1)
    for _ in range(_ROUNDS):
        likeness = vectors @ centres.T
        before, nearest = nearest, likeness.argmax(axis=1)
        if (before == nearest).all():
            break
        centres = _centres(vectors, nearest, likeness.max(axis=1), number)
    order = np.argsort(-np.bincount(nearest, minlength=number), kind="stable")
    return Topics(terms, weights, centres[order])


def effective_number(shares: npt.NDArray[np.float64]) -> float:
    """exp of the entropy of shares that sum to one."""
    some = shares[shares > 0]
    return float(np.exp(-(some * np.log(some)).sum()))


def _terms_of(streams: Streams, rows: Int64) -> tuple[UInt64, Float32]:
    """(hashes of the terms, ascending; the inverse document frequency of each)."""
    per_document = [np.unique(streams.of(row)) for row in rows.tolist()]
    every = np.concatenate([*per_document, np.zeros(0, dtype=np.uint64)])
    terms, counts = np.unique(every, return_counts=True)
    is_fit = (counts >= LEAST_DOCUMENTS) & (counts <= max(LEAST_DOCUMENTS, MOST_SHARE * len(rows)))
    terms, counts = terms[is_fit], counts[is_fit]
    chosen = np.sort(np.argsort(-counts, kind="stable")[:MOST_TERMS])
    weights = np.log(len(rows) / counts[chosen]).astype(np.float32)
    return terms[chosen], weights


def _vectors(streams: Streams, rows: Int64, terms: UInt64, weights: Float32) -> Float32:
    """[rows, terms] of length 1, or all zero."""
    vectors = np.zeros((len(rows), len(terms)), dtype=np.float32)
    if not len(terms):
        return vectors
    for number, row in enumerate(rows.tolist()):
        found, counts = np.unique(streams.of(row), return_counts=True)
        places = np.minimum(np.searchsorted(terms, found), len(terms) - 1)
        is_term = terms[places] == found
        places = places[is_term]
        vectors[number, places] = (1 + np.log(counts[is_term])) * weights[places]
    return _of_length_one(vectors)


def _of_length_one(vectors: Float32) -> Float32:
    lengths = np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    result: Float32 = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return result


def _beginnings(vectors: Float32, number: int, random: np.random.Generator) -> Float32:
    """k-means++: each further centre is drawn by its distance from those before."""
    places = [int(random.integers(len(vectors)))]
    distance = 1 - vectors @ vectors[places[0]]
    while len(places) < number:
        mass = np.cumsum(np.maximum(distance, 0).astype(np.float64))
        if mass[-1] <= 0:
            places.append(int(random.integers(len(vectors))))
            continue
        places.append(int(np.searchsorted(mass, random.random() * mass[-1], side="right")))
        places[-1] = min(places[-1], len(vectors) - 1)
        distance = np.minimum(distance, 1 - vectors @ vectors[places[-1]])
    return vectors[places]


def _centres(vectors: Float32, nearest: Int64, likeness: Float32, number: int) -> Float32:
    """The mean direction of each topic; one without documents begins anew at the loneliest one."""
    centres = np.zeros((number, vectors.shape[1]), dtype=np.float32)
    lonely = iter(np.argsort(likeness, kind="stable").tolist())
    for topic in range(number):
        members = vectors[nearest == topic]
        centres[topic] = members.sum(axis=0) if len(members) else vectors[next(lonely)]
    return _of_length_one(centres)
