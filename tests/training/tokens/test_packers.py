"""Packers say what their textbook says, tie by tie, for any sizes."""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.tokens.packers import best_fit, first_fit
from training.tokens.pieces import cut_pieces, split_pieces

CAPACITY = 20
SIZES = st.lists(st.integers(1, CAPACITY), max_size=80).map(lambda s: np.array(s, dtype=np.int32))


@settings(max_examples=200, deadline=None)
@given(sizes=SIZES, capacity=st.integers(CAPACITY, 40))
def test_best_fit_is_that_of_the_textbook(sizes, capacity):
    assert best_fit(sizes, capacity).tolist() == plain_best_fit(sizes, capacity)


@settings(max_examples=200, deadline=None)
@given(sizes=SIZES, capacity=st.integers(CAPACITY, 40))
def test_first_fit_is_that_of_the_textbook(sizes, capacity):
    rooms: list[int] = []
    expected = []
    for size in sizes.tolist():
        row = next((row for row, room in enumerate(rooms) if room >= size), len(rooms))
        rooms += [capacity] if row == len(rooms) else []
        rooms[row] -= size
        expected.append(row)
    assert first_fit(sizes, capacity).tolist() == expected


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    sequence_length=st.integers(1, 12),
)
def test_a_split_document_has_every_token_but_its_first_as_a_target_once(lengths, sequence_length):
    documents = np.arange(5, 5 + len(lengths))
    pieces = split_pieces(documents, np.array(lengths), sequence_length)
    assert pieces.sizes.max() <= sequence_length + 1
    for document, length in zip(documents, lengths, strict=True):
        held = pieces.of_document(document)
        spans = list(zip(pieces.starts[held], pieces.sizes[held], strict=True))
        targets = [place for start, size in spans for place in range(start + 1, start + size)]
        assert targets == list(range(1, length))
        assert spans[0][0] == 0
        # A document that fits is one piece; no piece is there for the shared token alone.
        assert len(spans) == 1 or (length > sequence_length + 1 and spans[-1][1] > 1)
    assert pieces.of_document(4) == slice(0, 0)


def test_a_cut_document_keeps_its_first_tokens():
    pieces = cut_pieces(np.array([3, 4]), np.array([9, 2]), 4)
    assert pieces.sizes.tolist() == [5, 2]
    assert pieces.starts.tolist() == [0, 0]


def plain_best_fit(sizes: np.ndarray, capacity: int) -> list[int]:
    row_of = [0] * len(sizes)
    rooms: list[int] = []
    rows_with: dict[int, list[int]] = {}
    num_rows = 0
    for index in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[index])
        place = bisect_left(rooms, size)
        if place < len(rooms):
            room = rooms[place]
            row = rows_with[room].pop()
            if not rows_with[room]:
                del rows_with[room], rooms[place]
        else:
            row, room, num_rows = num_rows, capacity, num_rows + 1
        row_of[index] = row
        left = room - size
        if left not in rows_with:
            insort(rooms, left)
            rows_with[left] = []
        rows_with[left].append(row)
    return row_of
