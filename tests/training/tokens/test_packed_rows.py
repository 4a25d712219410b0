"""Texts packed whole: nothing is lost that is not counted, every target comes once an epoch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.tokens.stores import store_of
from training.errors import DataError
from training.planning.course import Course
from training.specs.packing import Isolation, LongDocuments, PackingPart, PackingWay
from training.tokens.batches import make_batch
from training.tokens.labels import IGNORED
from training.tokens.order import make_order, read_order, steps_of_rows, write_order
from training.tokens.provenance import documents_at_step, steps_of_document
from training.tokens.rows import AnyRows, rows_of_split

CPU = torch.device("cpu")
WHOLE = [PackingWay.BEST_FIT, PackingWay.GREEDY]
WAYS = [PackingPart(way=way, long_documents=long) for way in WHOLE for long in LongDocuments]
Lengths = st.lists(st.integers(0, 30), min_size=1, max_size=25)


def rows_of(folder, lengths: list[int], length: int, packing: PackingPart) -> AnyRows:
    """Documents of so many tokens and end-of-text; no two tokens of the split are equal."""
    numbers = iter(range(1, 1000))
    documents = [[next(numbers) for _ in range(size)] for size in lengths]
    return rows_of_split(store_of(folder, documents), "train", length, packing)


def label(packing: PackingPart) -> str:
    return f"{packing.way}-{packing.long_documents}"


@pytest.mark.parametrize("packing", WAYS, ids=label)
@settings(max_examples=60, deadline=None)
@given(lengths=Lengths, length=st.integers(1, 12))
def test_every_token_is_a_target_once_or_counted(tmp_path_factory, packing, lengths, length):
    rows = rows_of(tmp_path_factory.mktemp("store"), lengths, length, packing)
    batch = make_batch(rows, np.arange(len(rows)), packing, CPU)
    found = Counter(one for one in batch.labels.flatten().tolist() if one not in (IGNORED, 0))
    expected: Counter[int] = Counter()
    num_cut = first = 0
    for size in lengths:
        kept = size + 1
        if packing.long_documents == LongDocuments.CUT:
            kept = min(kept, length + 1)
        num_cut += size + 1 - kept
        # The first of a document is predicted by nothing; end-of-text is 0 and counted below.
        expected.update(range(first + 2, first + 1 + min(kept, size)))
        first += size
    assert found == expected
    assert rows.num_dropped_tokens == num_cut
    ends = int((batch.labels == 0).sum())
    assert ends + sum(found.values()) == batch.num_targets
    if packing.long_documents == LongDocuments.SPLIT:
        assert batch.num_targets == sum(lengths)


@pytest.mark.parametrize("packing", WAYS, ids=label)
@settings(max_examples=40, deadline=None)
@given(lengths=Lengths, length=st.integers(1, 12))
def test_rows_and_what_is_told_of_them_agree(tmp_path_factory, packing, lengths, length):
    rows = rows_of(tmp_path_factory.mktemp("store"), lengths, length, packing)
    tokens, documents = rows.gather(np.arange(len(rows)))
    sizes, starts = rows.row_sizes()
    for index in range(len(rows)):
        spans = rows.row(index)
        assert [span.num_tokens for span in spans] == sizes[
            starts[index] : starts[index + 1]
        ].tolist()
        read = np.concatenate(
            [
                rows.store.document_tokens(s.document)[s.start : s.start + s.num_tokens]
                for s in spans
            ]
        )
        assert tokens[index, : len(read)].tolist() == read.tolist()
        assert (documents[index, len(read) :] == -1).all()
        assert (tokens[index, len(read) :] == rows.store.info.eos_id).all()
        assert {span.document for span in spans} == set(documents[index].tolist()) - {-1}
    for document in range(len(lengths)):
        assert rows.rows_of(document) == np.flatnonzero((documents == document).any(1)).tolist()
        if lengths[document] <= length:
            assert len(rows.rows_of(document)) == 1


@pytest.mark.parametrize("packing", WAYS, ids=label)
def test_without_isolation_the_shared_token_is_still_a_target_once(tmp_path, packing):
    open_packing = packing.replace(isolation=Isolation.NONE)
    rows = rows_of(tmp_path, [25, 3, 14, 2, 2], 8, open_packing)
    batch = make_batch(rows, np.arange(len(rows)), open_packing, CPU)
    found = Counter(one for one in batch.labels.flatten().tolist() if one not in (IGNORED, 0))
    assert set(found.values()) == {1}
    # Padding carries no loss: end-of-text is a target once a document, where it is not cut.
    ends = 5 if packing.long_documents == LongDocuments.SPLIT else 3
    assert int((batch.labels == 0).sum()) == ends


@pytest.mark.parametrize("packing", WAYS, ids=label)
def test_steps_and_documents_find_each_other(tmp_path, packing):
    rows = rows_of(tmp_path, [n * 7 % 23 for n in range(40)], 6, packing)
    order = make_order(len(rows), 2 * len(rows), seed=1)
    seen = {
        (step, int(document))
        for step in range(1, len(order) // 4 + 1)
        for document in documents_at_step(rows, order, step, Course(4))
    }
    found = {
        (int(step), document)
        for document in range(41)
        for step in steps_of_document(rows, order, document, Course(4))
        if step <= len(order) // 4
    }
    assert seen == found
    assert len(seen) > 60


def test_rows_of_a_split_document_need_not_be_neighbours():
    order = np.array([3, 1, 0, 2], dtype=np.uint32)
    assert steps_of_rows(order, [0, 3], Course(1)).tolist() == [1, 3]
    assert steps_of_rows(order, range(1, 3), Course(1)).tolist() == [2, 4]
    assert steps_of_rows(order, [], Course(1)).tolist() == []


def test_what_is_cut_or_split_is_said(tmp_path):
    lengths = [30, 3, 20]
    cut = rows_of(tmp_path / "a", lengths, 10, WAYS[1])
    assert cut.num_dropped_tokens == 20 + 10
    start = "2 documents of the train split are longer than rows of 10 tokens"
    assert cut.notes() == [f"{start}; what does not fit is cut off (30 tokens in all)."]
    split = rows_of(tmp_path / "b", lengths, 10, WAYS[0])
    assert split.notes() == [f"{start} and split over several of them."]


def test_a_split_without_documents_is_refused(tmp_path):
    store = store_of(tmp_path, [[1]], [])
    with pytest.raises(DataError, match="validation split holds no tokens"):
        rows_of_split(store, "validation", 8, WAYS[0])


def test_an_order_of_rows_that_were_packed_otherwise_is_refused(tmp_path):
    lengths = [4, 2, 9, 5, 3, 6, 1, 7]
    best, greedy = (rows_of(tmp_path / p.way, lengths, 10, p) for p in (WAYS[0], WAYS[2]))
    assert best.layout != greedy.layout
    assert best.layout == rows_of(tmp_path / "again", lengths, 10, WAYS[0]).layout
    write_order(
        tmp_path, make_order(len(best), 8, 0), num_rows=len(best), seed=0, layout=best.layout
    )
    _, info = read_order(tmp_path)
    info.require_tokens("", len(best), best.layout)
    with pytest.raises(DataError, match="packed by a version of Trainyard that packed otherwise"):
        info.require_tokens("", len(best), greedy.layout)
