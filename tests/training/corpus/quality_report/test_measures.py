"""The measures as they are published: the docs say exactly what the report says."""

from __future__ import annotations

import numpy as np

from tests.conftest import REPOSITORY
from training.corpus.quality_report.facts import FACTS
from training.corpus.quality_report.machine_made import mark_columns
from training.corpus.quality_report.marks import ASSISTANT, PLACEHOLDERS, STOCK, is_stock
from training.corpus.quality_report.measures import BY_NAME, MEASURES
from training.corpus.quality_report.reading import Sampled, Streams

PAGE = (REPOSITORY / "docs" / "corpus-report.md").read_text(encoding="utf-8")


def sample_of(**facts: list[int]) -> Sampled:
    size = len(next(iter(facts.values())))
    table = np.zeros((size, len(FACTS)), dtype=np.int64)
    for name, values in facts.items():
        table[:, FACTS.index(name)] = values
    nothing = Streams(np.zeros(0, dtype=np.uint64), np.zeros(size + 1, dtype=np.int64))
    return Sampled(np.arange(size), table, nothing, nothing, nothing, {})


def test_every_measure_stands_in_the_docs_as_it_is_defined() -> None:
    for one in MEASURES:
        assert f"| {one.title} | {one.definition} | {one.limits} |" in PAGE, one.name
    assert len(BY_NAME) == len(MEASURES)


def test_every_measure_is_made_of_what_is_counted() -> None:
    marks = mark_columns(sample_of(words=[1]), None)
    for one in MEASURES:
        for name in filter(None, (one.part, one.whole)):
            assert name in FACTS or name in marks or name == "slips", name


def test_even_sentences_are_those_with_a_small_spread() -> None:
    # Ten sentences of 10 words; of 5 and 15 by turns (spread 0.5); nine of 10.
    even = sample_of(
        sentences=[10, 10, 9], sentence_words=[100, 100, 90],
        sentence_squares=[1_000, 5 * 25 + 5 * 225, 900],
    )  # fmt: skip
    marks = mark_columns(even, None)
    assert marks["is_even"].tolist() == [True, False, False]
    assert marks["spread"].tolist() == [0, 0.5, 0]
    assert marks["has_spread"].tolist() == [1, 1, 0]


def test_one_strong_mark_or_two_weak_ones_read_machine_made() -> None:
    sample = sample_of(
        words=[100] * 5, assistant=[1, 0, 0, 0, 0], placeholders=[0, 1, 0, 0, 0],
        stock=[0, 0, 2, 2, 1], sentences=[0] * 5,
    )  # fmt: skip
    marks = mark_columns(sample, np.array([0, 0, 0.1, 0.3, 0.3]))
    assert marks["machine_made"].tolist() == [True, True, False, True, False]


def test_stock_wordings_must_be_frequent() -> None:
    assert is_stock(np.array([2, 2, 1]), np.array([600, 700, 10])).tolist() == [True, False, False]


def test_no_phrase_is_listed_twice() -> None:
    listed = [*ASSISTANT, *STOCK, *PLACEHOLDERS]
    assert len(listed) == len(set(listed))
    assert all(phrase == phrase.lower() for phrase in listed)
