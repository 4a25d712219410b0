"""Topics that were planted are found again; degenerate corpora have none."""

from __future__ import annotations

import numpy as np
import pytest

from training.corpus.quality_report.reading import Streams
from training.corpus.quality_report.topics import effective_number, find_topics

PLANTED, WORDS_EACH, SHARED = 4, 30, 200


def planted(documents: int, seed: int = 0) -> tuple[Streams, np.ndarray]:
    """(documents of one topic each, their topics): half own words, half words of all."""
    random = np.random.default_rng(seed)
    labels = random.integers(PLANTED, size=documents)
    rows = [
        np.concatenate(
            [
                1_000 * (1 + label) + random.integers(WORDS_EACH, size=25),
                random.integers(SHARED, size=25),
            ]
        )
        for label in labels
    ]
    items = np.concatenate(rows).astype(np.uint64)
    return Streams(items, np.arange(0, 50 * documents + 1, 50)), labels


def test_planted_topics_are_found_again() -> None:
    streams, labels = planted(400)
    rows = np.arange(400)
    topics = find_topics(streams, rows, PLANTED, seed=0)
    found = topics.assign(streams, rows)
    counts = np.zeros((PLANTED, PLANTED), dtype=int)
    np.add.at(counts, (found, labels), 1)
    assert counts.max(axis=1).sum() >= 0.98 * 400
    assert (np.diff(counts.sum(axis=1)) <= 0).all(), "the largest stands first"
    for terms in topics.top_terms():
        assert len({term // 1_000 for term in terms}) == 1, "its own words tell it"
        assert min(terms) >= 1_000


def test_the_same_seed_gives_the_same_topics() -> None:
    streams, _ = planted(200)
    one, two = (find_topics(streams, np.arange(200), 6, seed=3) for _ in range(2))
    assert np.array_equal(one.centres, two.centres)


@pytest.mark.parametrize("documents", [0, 1, 19])
def test_few_documents_have_no_topics(documents: int) -> None:
    streams, _ = planted(20)
    topics = find_topics(streams, np.arange(documents), PLANTED, seed=0)
    assert len(topics) == 0
    assert topics.top_terms() == []
    assert topics.assign(streams, np.arange(20)).tolist() == [-1] * 20


def test_equal_documents_do_not_stop_it() -> None:
    streams = Streams(np.tile(np.arange(10, dtype=np.uint64), 60), np.arange(0, 601, 10))
    assert len(find_topics(streams, np.arange(60), 3, seed=0)) == 0, "no term tells them apart"


def test_a_document_without_terms_is_of_no_topic() -> None:
    streams, _ = planted(100)
    items = np.concatenate([streams.items, np.array([9, 99_999], dtype=np.uint64)])
    streams = Streams(items, np.append(streams.bounds, len(items)))
    topics = find_topics(streams, np.arange(100), PLANTED, seed=0)
    lonely = Streams(np.array([99_999], dtype=np.uint64), np.array([0, 1]))
    assert topics.assign(lonely, np.array([0])).tolist() == [-1]


def test_the_effective_number() -> None:
    assert effective_number(np.array([0.25] * 4)) == pytest.approx(4)
    assert effective_number(np.array([1.0, 0.0])) == 1
