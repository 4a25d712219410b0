"""The token store gives back what was written and refuses what is damaged."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.tokens.stores import store_of
from training.errors import DataError
from training.tokens.store import TokenStore, token_dtype


def test_documents_come_back_with_end_of_text_last(tmp_path):
    store = store_of(tmp_path, [[5, 6], [7]], [[8, 9, 10]])
    assert [list(store.document_tokens(index)) for index in range(3)] == [
        [5, 6, 0],
        [7, 0],
        [8, 9, 10, 0],
    ]


def test_splits_are_contiguous_ranges_that_cover_all_tokens(tmp_path):
    store = store_of(tmp_path, [[5, 6], [7]], [[8, 9, 10]])
    assert store.token_range("train") == (0, 5)
    assert store.token_range("validation") == (5, 9)
    assert store.num_tokens("train") + store.num_tokens("validation") == store.info.num_tokens


def test_a_document_is_found_by_its_id_and_by_nothing_else(tmp_path):
    store = store_of(tmp_path, [[1], [2], [3]])
    assert [store.find(store.doc_id(index)) for index in range(4)] == [0, 1, 2, 3]
    assert store.find("ff" * 16) is None
    # The same first half, another second half.
    assert store.find("00" * 15 + "09") is None


def test_sources_are_kept_per_document(tmp_path):
    store = store_of(tmp_path, [[1], [2], [3]])
    assert [store.source(index) for index in range(3)] == ["source0", "source1", "source0"]


@pytest.mark.parametrize(("vocab_size", "dtype"), [(257, "<u2"), (65_536, "<u2"), (65_537, "<u4")])
def test_ids_take_two_bytes_up_to_65536_pieces(tmp_path, vocab_size, dtype):
    store = store_of(tmp_path, [[1, vocab_size - 1]], vocab_size=vocab_size)
    assert token_dtype(vocab_size) == np.dtype(dtype)
    assert store.tokens.dtype == np.dtype(dtype)
    assert list(store.document_tokens(0)) == [1, vocab_size - 1, 0]


def test_the_files_are_plain_little_endian_arrays(tmp_path):
    store_of(tmp_path, [[5, 258]], [[7]])
    assert (tmp_path / "tokens.bin").read_bytes() == bytes.fromhex("0500 0201 0000 0700 0000")
    assert (tmp_path / "offsets.bin").read_bytes() == b"".join(
        value.to_bytes(8, "little") for value in (0, 3, 5)
    )


def test_a_missing_split_is_named_with_those_there_are(tmp_path):
    store = store_of(tmp_path, [[1]])
    with pytest.raises(DataError, match=r"no split 'test'; it has train, validation"):
        store.num_tokens("test")


@pytest.mark.parametrize("name", ["tokens.bin", "offsets.bin", "doc_ids.bin", "sources.bin"])
def test_a_short_or_missing_file_is_refused_by_name(tmp_path, name):
    store_of(tmp_path, [[1, 2, 3]])
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=rf"{name} holds .* the token store is damaged"):
        TokenStore.open(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=rf"{name} is missing"):
        TokenStore.open(tmp_path)


def test_a_torn_or_newer_description_is_refused(tmp_path):
    store_of(tmp_path, [[1, 2, 3]])
    info = tmp_path / "store.json"
    whole = info.read_text()
    info.write_text(whole[:20])
    with pytest.raises(DataError, match=r"missing or torn"):
        TokenStore.open(tmp_path)
    info.write_text(json.dumps({**json.loads(whole), "format_version": 99}))
    with pytest.raises(DataError, match=r"newer Trainyard"):
        TokenStore.open(tmp_path)


def test_an_id_outside_the_vocabulary_cannot_be_written(tmp_path):
    with pytest.raises(ValueError, match="does not fit"):
        store_of(tmp_path, [[257]], vocab_size=257)
