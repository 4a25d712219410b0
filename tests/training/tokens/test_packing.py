"""Rows are windows over concatenated documents; nothing is lost or moved between documents."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.tokens.stores import store_of
from training.errors import DataError
from training.tokens.packing import Rows, Span

Documents = st.lists(st.lists(st.integers(1, 999), max_size=12), min_size=1, max_size=12)


def test_a_row_names_each_document_and_its_tokens(tmp_path):
    rows = Rows(store_of(tmp_path, [[5, 6], [7, 8, 9, 10]]), "train", 4)
    # Stream: 5 6 0 | 7 8 9 10 0; row 0 is the first five tokens.
    assert rows.row(0) == [Span(0, 0, 3), Span(1, 0, 2)]
    assert len(rows) == 1
    assert rows.num_dropped_tokens == 3


def test_neighbouring_rows_share_one_token(tmp_path):
    rows = Rows(store_of(tmp_path, [range(1, 9)]), "train", 4)
    tokens, documents = rows.gather(np.array([1, 0], dtype=np.uint32))
    assert tokens.tolist() == [[5, 6, 7, 8, 0], [1, 2, 3, 4, 5]]
    assert not documents.any()


def test_the_validation_split_starts_where_train_ends(tmp_path):
    store = store_of(tmp_path, [[1, 2, 3]], [[4, 5], [6, 7]])
    tokens, documents = Rows(store, "validation", 5).gather(np.array([0]))
    assert tokens.tolist() == [[4, 5, 0, 6, 7, 0]]
    assert documents.tolist() == [[1, 1, 1, 2, 2, 2]]


def test_a_sequence_longer_than_the_split_says_what_would_fit(tmp_path):
    store = store_of(tmp_path, [[1, 2, 3]])
    with pytest.raises(DataError, match=r"holds 4 tokens.*length 4 needs \(5\).*at most 3 tokens"):
        Rows(store, "train", 4)
    assert len(Rows(store, "train", 3)) == 1


def test_an_empty_split_asks_for_text(tmp_path):
    with pytest.raises(DataError, match=r"validation split holds 0 tokens.*Add text"):
        Rows(store_of(tmp_path, [[1]], []), "validation", 8)


def test_a_row_that_is_not_there_is_an_index_error(tmp_path):
    with pytest.raises(IndexError, match="row 1 of 1"):
        Rows(store_of(tmp_path, [[1, 2, 3]]), "train", 3).row(1)


@settings(max_examples=60, deadline=None)
@given(documents=Documents, length=st.integers(1, 9))
def test_rows_spans_and_look_ups_agree_with_the_plain_definition(documents, length):
    stream = [(token, index) for index, ids in enumerate(documents) for token in [*ids, 0]]
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(Path(folder), documents)
        if len(stream) <= length:
            with pytest.raises(DataError):
                Rows(store, "train", length)
            return
        rows = Rows(store, "train", length)
        tokens, owners = rows.gather(np.arange(len(rows)))
        expected = [
            stream[start : start + length + 1] for start in range(0, len(stream) - length, length)
        ]
        assert [
            list(zip(*pair, strict=True))
            for pair in zip(tokens.tolist(), owners.tolist(), strict=True)
        ] == expected
        for index, row in enumerate(expected):
            runs = [
                (owner, len(list(run))) for owner, run in itertools.groupby(row, lambda t: t[1])
            ]
            assert [(span.document, span.num_tokens) for span in rows.row(index)] == runs
            pieces = [
                store.document_tokens(span.document)[span.start : span.start + span.num_tokens]
                for span in rows.row(index)
            ]
            assert np.concatenate(pieces).tolist() == tokens[index].tolist()
        for document in range(store.info.num_documents):
            holding = [i for i, row in enumerate(expected) if document in {t[1] for t in row}]
            assert list(rows.rows_of(document)) == holding
        assert rows.num_dropped_tokens == len(stream) - (len(rows) * length + 1)
