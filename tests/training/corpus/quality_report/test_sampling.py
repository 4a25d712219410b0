"""Samples: of the right size, nested, the same for any order of documents, blind to content."""

from __future__ import annotations

import numpy as np

from tests.training.corpus.tables import table_of
from training.corpus.quality_report.sampling import (
    WHOLE,
    Grouping,
    Limits,
    chosen,
    lots,
    populations,
)

TEXTS = [f"document {n} " * (1 + n % 7) for n in range(200)]
SOURCES = ["books" if n % 4 else "web" for n in range(200)]
TABLE = table_of(TEXTS, SOURCES)
GROUPING = Grouping.of(TABLE, 12)
KEPT = np.arange(200) % 3 > 0


def drawn(documents: int, seed: int = 0, sample_bytes: int = 1_000_000) -> dict:
    limits = Limits(documents, 1_000, sample_bytes, seed)
    found = populations(TABLE, KEPT, GROUPING, limits)
    return {(one.group, one.is_after): one for one in found}


def test_each_population_has_its_own_sample() -> None:
    found = drawn(20)
    assert len(found) == 6
    for (group, is_after), one in found.items():
        assert len(one.sample) == 20
        assert len(set(one.sample.tolist())) == 20
        assert not is_after or KEPT[one.sample].all()
        if group != WHOLE:
            assert (GROUPING.groups[one.sample] == group).all()
    assert found[WHOLE, False].num_documents == 200
    assert found[WHOLE, True].num_documents == KEPT.sum()


def test_a_larger_sample_holds_the_smaller_and_another_seed_is_another() -> None:
    few, many, other = drawn(10), drawn(40), drawn(10, seed=1)
    for key, one in few.items():
        assert many[key].sample[:10].tolist() == one.sample.tolist()
        assert other[key].sample.tolist() != one.sample.tolist()


def test_the_sample_of_the_whole_is_within_those_of_the_sources() -> None:
    found = drawn(20)
    of_sources = np.concatenate([found[0, False].sample, found[1, False].sample])
    assert set(found[WHOLE, False].sample.tolist()) <= set(of_sources.tolist())


def test_a_sample_ends_where_its_share_of_the_text_is_read() -> None:
    found = drawn(200, sample_bytes=6 * 300)
    sizes = np.array([len(text) for text in TEXTS])
    for one in found.values():
        read = sizes[one.sample]
        assert read.sum() >= min(300, sizes.sum())
        assert read[:-1].sum() < 300


def test_lots_are_spread_evenly() -> None:
    shares = lots(TABLE, 3) / 2.0**64
    assert abs(shares.mean() - 0.5) < 0.06
    assert len(np.unique(shares)) == 200


def test_places_are_drawn_once_and_ascending() -> None:
    places = chosen(list(drawn(20).values()))
    assert (np.diff(places) > 0).all()


def test_the_largest_sources_are_named_and_all_others_are_one() -> None:
    sources = ["a"] * 5 + ["b"] * 9 + ["c"] * 2 + ["d"] * 2
    table = table_of([f"text {n}" for n in range(18)], sources)
    grouping = Grouping.of(table, 3)
    assert grouping.names == ("b", "a", "2 other sources")
    assert np.bincount(grouping.groups).tolist() == [9, 5, 4]
    assert Grouping.of(table, 4).names == ("b", "a", "c", "d")
    assert Grouping.of(table, 1).names == ("b", "3 other sources")
