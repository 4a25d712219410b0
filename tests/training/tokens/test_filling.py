"""Figures of packing before a run: those of all its rows, and of a part nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.training.tokens.stores import store_of
from training.errors import DataError
from training.specs.packing import LongDocuments, PackingPart, PackingWay
from training.tokens.efficiency import measure
from training.tokens.filling import filling_of
from training.tokens.rows import rows_of_split
from training.tokens.sampling import sample_of

WAYS = [
    PackingPart(way=PackingWay.NAIVE),
    PackingPart(way=PackingWay.BEST_FIT),
    PackingPart(way=PackingWay.GREEDY, long_documents=LongDocuments.CUT),
]


def documents(count: int) -> list[list[int]]:
    """Mostly short ones; their length changes along the text, as it does where sources change."""
    sizes = np.random.default_rng(3).lognormal(3.0, 0.8, count).astype(int) + 1
    sizes[count // 2 :] *= 2
    return [[7] * int(size) for size in sizes]


@pytest.mark.parametrize("packing", WAYS, ids=lambda one: str(one.way))
def test_a_small_store_is_counted_as_a_run_counts_it(tmp_path: Path, packing: PackingPart) -> None:
    store = store_of(tmp_path / "tokens", documents(200))
    found = filling_of(store.folder, 64, packing)
    rows = rows_of_split(store, "train", 64, packing)
    figures = measure(rows)
    assert (found.num_rows, found.efficiency) == (len(rows), figures.efficiency)
    assert found.crossing == figures.crossing_fraction()
    assert (found.num_counted, found.num_documents) == (200, 200)
    several = [number for number in range(200) if len(rows.rows_of(number)) > 1]
    lost = sum(len(store.document_tokens(number)) > 65 for number in range(200))
    is_cut = packing.long_documents == LongDocuments.CUT
    expected = lost if is_cut else len(several)
    # A document whose first token is the last target of a row before is in two rows and not cut.
    touching = sum(_begins_as_target(store.offsets, number, 64) for number in several)
    assert found.num_cut == expected - (touching if packing.way == PackingWay.NAIVE else 0)


def _begins_as_target(offsets: Sequence[int], number: int, length: int) -> bool:
    begin, end = int(offsets[number]), int(offsets[number + 1])
    return begin % length == 0 and begin > 0 and end <= begin + length


@pytest.mark.parametrize("packing", WAYS, ids=lambda one: str(one.way))
def test_a_part_says_nearly_what_the_whole_does(tmp_path: Path, packing: PackingPart) -> None:
    store = store_of(tmp_path / "tokens", documents(6_000))
    whole = filling_of(store.folder, 64, packing)
    part = filling_of(store.folder, 64, packing, most_documents=1_280)
    assert part.num_counted == 1_280
    assert part.num_rows == pytest.approx(whole.num_rows, rel=0.03)
    assert part.efficiency == pytest.approx(whole.efficiency, abs=0.02)
    assert part.crossing == pytest.approx(whole.crossing, abs=0.02)
    assert part.num_cut == pytest.approx(whole.num_cut, rel=0.15)


def test_a_part_is_spread_over_the_split_and_reads_no_token(tmp_path: Path) -> None:
    store = store_of(tmp_path / "tokens", documents(1_000))
    sample = sample_of(store, "train", 128)
    lengths, all_lengths = np.diff(sample.offsets), np.diff(store.offsets)
    assert lengths[:2].tolist() == all_lengths[:2].tolist()
    assert lengths[-2:].tolist() == all_lengths[998:1000].tolist()
    assert sample.tokens.strides == (0,)
    assert store.info.num_documents == 1_001


def test_no_row_is_a_sentence(tmp_path: Path) -> None:
    store = store_of(tmp_path / "tokens", [[1, 2]])
    with pytest.raises(DataError, match="fewer than one row"):
        filling_of(store.folder, 64, PackingPart())
