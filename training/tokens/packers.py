"""Which pieces share a row: bin packing of their sizes, in compiled loops.

* best fit decreasing (Johnson 1973): in order of size, the largest first, each into the row with
  the least room that still takes it; at most 11/9 of the rows that are needed, and a few. Ties go
  to the earlier piece and the newer row.
* first fit (Johnson 1974): in the order given, each into the first row that takes it; at most 1.7
  times the rows that are needed. Neighbours stay near each other.

Both say the same for the same sizes on every machine: rows of a run are computed again when it is
resumed. Rows are found through a tree, so a piece costs the logarithm of the row's length (or of
the number of rows): a million pieces take a fraction of a second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.signals.kernels import compiled

Int32 = npt.NDArray[np.int32]
Sizes = npt.NDArray[np.int32]


def best_fit(sizes: Sizes, capacity: int) -> Int32:
    """The row of each size [N], none over ``capacity``; rows count from 0 in order of opening."""
    order = np.argsort(-sizes, kind="stable").astype(np.int32)
    row_of: Int32 = _best_fit(sizes, order, capacity)
    return row_of


def first_fit(sizes: Sizes, capacity: int) -> Int32:
    """The row of each size [N], none over ``capacity``; rows count from 0 in order of opening."""
    row_of: Int32 = _first_fit(sizes, capacity)
    return row_of


@compiled
def _best_fit(sizes: Any, order: Any, capacity: int) -> Any:
    """Rows of equal room are a stack; a tree over amounts of room says where there are any."""
    num_leaves = 1
    while num_leaves <= capacity:
        num_leaves *= 2
    has_row = np.zeros(2 * num_leaves, dtype=np.bool_)
    newest = np.full(capacity + 1, -1, dtype=np.int32)
    older = np.full(len(sizes), -1, dtype=np.int32)
    row_of = np.empty(len(sizes), dtype=np.int32)
    num_rows = 0
    for piece in order:
        size = sizes[piece]
        room = _least_room(has_row, num_leaves, size)
        if room < 0:
            row, room, num_rows = num_rows, capacity, num_rows + 1
        else:
            row = newest[room]
            newest[room] = older[row]
            if newest[room] < 0:
                _mark(has_row, num_leaves + room, False)
        row_of[piece] = row
        left = room - size
        older[row] = newest[left]
        newest[left] = row
        if not has_row[num_leaves + left]:
            _mark(has_row, num_leaves + left, True)
    return row_of


@compiled
def _least_room(has_row: Any, num_leaves: int, size: int) -> int:
    """The smallest amount of room from ``size`` on that some row has; -1 when none has."""
    node = num_leaves + size
    if has_row[node]:
        return size
    while node > 1 and (node & 1 or not has_row[node + 1]):
        node >>= 1
    if node <= 1:
        return -1
    node += 1
    while node < num_leaves:
        node = 2 * node if has_row[2 * node] else 2 * node + 1
    return node - num_leaves


@compiled
def _mark(has_row: Any, node: int, value: bool) -> None:
    has_row[node] = value
    node >>= 1
    while node:
        has_row[node] = has_row[2 * node] or has_row[2 * node + 1]
        node >>= 1


@compiled
def _first_fit(sizes: Any, capacity: int) -> Any:
    """A tree over rows holds the most room below each node; rows not opened yet are empty ones."""
    num_leaves = 1
    while num_leaves < len(sizes):
        num_leaves *= 2
    room = np.full(2 * num_leaves, capacity, dtype=np.int32)
    row_of = np.empty(len(sizes), dtype=np.int32)
    for piece in range(len(sizes)):
        size, node = sizes[piece], 1
        while node < num_leaves:
            node = 2 * node if room[2 * node] >= size else 2 * node + 1
        row_of[piece] = node - num_leaves
        room[node] -= size
        node >>= 1
        while node:
            room[node] = max(room[2 * node], room[2 * node + 1])
            node >>= 1
    return row_of
