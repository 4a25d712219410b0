"""The rows that hold some tokens of a document are those whose spans overlap them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.specs.packing import LongDocuments, PackingPart, PackingWay
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter

SIZES = st.lists(st.integers(1, 25), min_size=3, max_size=12)


def store_of(folder: Path, sizes: list[int], too_long: str) -> TokenStore:
    with StoreWriter(folder, vocab_size=50, eos_id=0, too_long=too_long) as writer:
        writer.start("train")
        for number, size in enumerate(sizes):
            ids, doc_id = np.full(size, 7), number.to_bytes(16, "big")
            if too_long:
                writer.add_example(doc_id, "s", ids, np.ones(size, dtype=bool))
            else:
                writer.add(doc_id, "s", ids)
    return TokenStore.open(folder)


def overlapping(rows: AnyRows, document: int, start: int, stop: int) -> list[int]:
    return [
        number
        for number in range(len(rows))
        if any(
            span.document == document and span.start < stop and span.start + span.num_tokens > start
            for span in rows.row(number)
        )
    ]


@pytest.mark.parametrize("too_long", ["", "truncate", "drop"])
@pytest.mark.parametrize("way", PackingWay)
@settings(max_examples=30, deadline=None)
@given(sizes=SIZES, length=st.integers(2, 9), data=st.data())
def test_rows_with_tokens_are_those_that_overlap_them(
    tmp_path_factory: pytest.TempPathFactory, way: PackingWay, too_long: str, sizes: list[int],
    length: int, data: st.DataObject,
) -> None:  # fmt: skip
    store = store_of(tmp_path_factory.mktemp("store"), [*sizes, length, 2], too_long)
    if way == PackingWay.NAIVE and not too_long and store.info.num_tokens <= length:
        return
    long_documents = data.draw(st.sampled_from(LongDocuments))
    packing = PackingPart(way=way, long_documents=long_documents)
    rows = rows_of_split(store, "train", length, packing)
    document = data.draw(st.integers(0, store.info.num_documents - 1))
    size = len(store.document_tokens(document))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    assert list(rows.rows_with(document, start, stop)) == overlapping(rows, document, start, stop)
