"""Examples are packed whole; masks in a batch equal a plain-Python reference; nothing leaks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import DataError
from training.planning.course import Course
from training.specs.packing import Isolation, PackingPart
from training.tokens.batches import make_batch
from training.tokens.order import make_order, rows_at_step
from training.tokens.packers import best_fit
from training.tokens.provenance import documents_at_step, steps_of_document
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore
from training.tokens.whole import WholeRows
from training.tokens.writer import StoreWriter

Example = tuple[list[int], list[bool]]

examples = st.lists(
    st.lists(st.tuples(st.integers(1, 99), st.booleans()), min_size=1, max_size=14),
    min_size=1,
    max_size=20,
)


def store_of(folder, made: list[list[tuple[int, bool]]], too_long: str = "truncate") -> TokenStore:
    with StoreWriter(
        folder, vocab_size=100, eos_id=0, template="chatml", too_long=too_long
    ) as writer:
        writer.start("train")
        for number, one in enumerate(made):
            ids, loss = zip(*one, strict=True)
            writer.add_example(
                number.to_bytes(16, "big"), "rows", np.array(ids), np.array(loss, dtype=bool)
            )
        writer.start("validation")
    return TokenStore.open(folder)


@settings(max_examples=80, deadline=None)
@given(made=examples, length=st.integers(2, 12), too_long=st.sampled_from(["truncate", "drop"]))
def test_rows_and_labels_equal_a_plain_reference(tmp_path_factory, made, length, too_long) -> None:
    store = store_of(tmp_path_factory.mktemp("store"), made, too_long)
    kept = reference_examples(made, length, too_long)
    if not kept:
        with pytest.raises(DataError, match="has an answer within rows"):
            rows_of_split(store, "train", length)
        return
    rows = rows_of_split(store, "train", length)
    assert isinstance(rows, WholeRows)
    everything = np.arange(len(rows))
    tokens, documents = rows.gather(everything)
    # Every kept example stands whole in exactly one row, in neighbouring places.
    for document, one in kept.items():
        places = np.argwhere(documents == document)
        assert len(set(places[:, 0])) == 1
        assert np.diff(places[:, 1]).tolist() == [1] * (len(one) - 1)
        assert tokens[documents == document].tolist() == [token for token, _ in one]
        (row,) = rows.rows_of(document)
        assert row == places[0, 0]
        assert document in [span.document for span in rows.row(row)]
    assert set(np.unique(documents)) - {-1} == set(kept)
    batch = make_batch(rows, everything, PackingPart(), torch.device("cpu"))
    expected = reference_labels(tokens, documents, kept)
    assert batch.labels.tolist() == expected
    assert batch.num_targets == sum(label != -100 for row in expected for label in row)
    assert all(any(label != -100 for label in row) for row in expected)
    whole = make_batch(rows, everything, PackingPart(isolation=Isolation.NONE), torch.device("cpu"))
    assert whole.labels.tolist() == expected


def reference_examples(made, length, too_long) -> dict[int, list[tuple[int, bool]]]:
    kept = {}
    for number, one in enumerate(made):
        if len(one) > length + 1 and too_long == "drop":
            continue
        cut = one[: length + 1]
        if any(loss for _, loss in cut[1:]):
            kept[number] = cut
    return kept


def reference_labels(tokens, documents, kept) -> list[list[int]]:
    labels = []
    for row_tokens, row_documents in zip(tokens.tolist(), documents.tolist(), strict=True):
        row = []
        for place in range(1, len(row_tokens)):
            document = row_documents[place]
            start = row_documents.index(document)
            has_loss = document >= 0 and place > start and kept[document][place - start][1]
            row.append(row_tokens[place] if has_loss else -100)
        labels.append(row)
    return labels


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 20), min_size=1, max_size=60))
def test_best_fit_fills_rows_like_the_textbook(sizes) -> None:
    found = best_fit(np.array(sizes, dtype=np.int32), 20)
    rooms: list[int] = []
    for size in sorted(sizes, reverse=True):
        fitting = [room for room in rooms if room >= size]
        if fitting:
            rooms[rooms.index(min(fitting))] -= size
        else:
            rooms.append(20 - size)
    filled = np.bincount(found, weights=sizes)
    assert len(filled) == len(rooms)
    assert filled.max() <= 20
    assert sorted(20 - filled) == sorted(rooms)


def test_steps_and_documents_find_each_other(tmp_path) -> None:
    made = [[(n + 1, True)] * (2 + n % 5) for n in range(40)]
    rows = rows_of_split(store_of(tmp_path, made), "train", 8)
    order = make_order(len(rows), 3 * len(rows), seed=1)
    for step in range(1, 10):
        there = documents_at_step(rows, order, step, Course(2))
        assert (there >= 0).all()
        for row in rows_at_step(order, step, Course(2)):
            assert {span.document for span in rows.row(int(row))} <= set(there.tolist())
        for document in there.tolist():
            assert step in steps_of_document(rows, order, document, Course(2))


def test_what_is_cut_and_left_out_is_said(tmp_path) -> None:
    made = [[(1, True)] * 30, [(1, False)] * 5 + [(2, True)], [(3, False)] * 20 + [(4, True)]]
    rows = rows_of_split(store_of(tmp_path / "a", made), "train", 10)
    start = "1 example of the train split is"
    assert rows.notes() == [
        f"{start} longer than rows of 10 tokens; what does not fit is cut off.",
        f"{start} without answer within rows of 10 tokens and left out.",
    ]
    dropping = rows_of_split(store_of(tmp_path / "b", made, "drop"), "train", 10)
    assert dropping.notes()[0].startswith("2 examples of the train split are longer")
    assert rows.num_dropped_tokens == 19 + 21
    assert dropping.num_dropped_tokens == 30 + 21


def test_a_store_of_texts_has_no_mask_and_is_of_version_1(tmp_path) -> None:
    with StoreWriter(tmp_path, vocab_size=10, eos_id=0) as writer:
        writer.start("train")
        writer.add(bytes(16), "s", [1, 2, 3])
    text = (tmp_path / "store.json").read_text()
    assert '"format_version": 1' in text
    assert "too_long" not in text
    assert "template" not in text
    assert not (tmp_path / "loss_mask.bin").exists()
    assert TokenStore.open(tmp_path).loss_mask is None


def test_a_short_mask_is_damage(tmp_path) -> None:
    store_of(tmp_path, [[(1, True)] * 4])
    (tmp_path / "loss_mask.bin").write_bytes(b"\1\1")
    with pytest.raises(DataError, match=r"loss_mask\.bin holds 2 bytes where 4 are needed"):
        TokenStore.open(tmp_path)
