"""Growth, distinct n-grams and windows against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus.quality_report import diversity
from training.corpus.quality_report.reading import Streams

DOCUMENTS = st.lists(st.lists(st.integers(0, 3), max_size=12), min_size=1, max_size=6)


def stream(*documents: list[int]) -> Streams:
    items = np.array([word for one in documents for word in one], dtype=np.uint64)
    return Streams(items, np.cumsum([0, *map(len, documents)]))


def test_growth_by_hand() -> None:
    words = np.array([1, 2] * 50 + [*range(3, 203)], dtype=np.uint64)
    growth = diversity.growth_of(words)
    assert growth["words"] == [100, 200, 300]
    assert growth["distinct"] == [2, 102, 202]
    assert growth["beta"] is None, "three points of a thousand words are needed"


def test_growth_finds_the_exponent_that_a_stream_was_made_with() -> None:
    # Word n is new when k * n^0.5 passes the next whole number.
    targets = np.floor(8 * np.arange(1, 200_001) ** 0.5).astype(np.int64)
    is_new = np.diff(targets, prepend=0) > 0
    words = np.where(is_new, np.cumsum(is_new), 0).astype(np.uint64)
    growth = diversity.growth_of(words)
    assert growth["beta"] == pytest.approx(0.5, abs=0.02)
    assert growth["k"] == pytest.approx(8, rel=0.2)


@given(DOCUMENTS, st.integers(1, 3))
def test_distinct_ngrams_are_those_within_documents(documents: list[list[int]], size: int) -> None:
    grams = [tuple(one[at : at + size]) for one in documents for at in range(len(one) - size + 1)]
    items = np.array([word for one in documents for word in one], dtype=np.uint64)
    of_document = np.repeat(np.arange(len(documents)), [len(one) for one in documents])
    found = diversity.distinct_share(items, of_document, size)
    assert found == (len(set(grams)) / len(grams) if grams else None)


def test_windows_of_a_thousand_words() -> None:
    one, other = np.zeros(1_000, dtype=np.uint64), np.arange(1_000, dtype=np.uint64)
    assert diversity.windowed_type_token(np.concatenate([one, other, other[:5]])) == 0.5005
    assert diversity.windowed_type_token(other[:999]) is None


def test_fixed_sizes_are_needed_and_documents_follow_in_the_order_asked() -> None:
    words = stream([*range(30_000)], [*range(20_000)], [7] * 60_000)
    found = diversity.diversity_of(words, np.array([1, 0]))
    assert found["num_words"] == 50_000
    assert found["distinct_1"] == 30_000 / 50_000
    assert found["growth"]["distinct"][-1] == 30_000
    assert diversity.diversity_of(words, np.array([0]))["distinct_1"] is None
    assert diversity.diversity_of(words, np.array([2]))["entropy_bits"] == 0
    empty = diversity.diversity_of(words, np.zeros(0, dtype=np.int64))
    assert empty["growth"]["words"] == []


def test_a_stream_ends_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diversity, "MOST_WORDS", 7)
    words = stream([1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1])
    assert diversity.diversity_of(words, np.arange(4))["num_words"] == 7
