"""The stored order is a permutation per epoch, the same everywhere, and can be looked up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import DataError
from training.planning.course import Course
from training.tokens.order import (
    make_order,
    read_order,
    rows_at_step,
    steps_of_rows,
    write_order,
)


@settings(max_examples=80, deadline=None)
@given(num_rows=st.integers(1, 200), num_needed=st.integers(0, 700), seed=st.integers(0, 2**64 - 1))
def test_every_epoch_is_a_permutation(num_rows, num_needed, seed):
    order = make_order(num_rows, num_needed, seed)
    assert order.dtype == np.uint32
    assert len(order) == num_needed
    for start in range(0, num_needed, num_rows):
        epoch = order[start : start + num_rows]
        assert len(set(epoch.tolist())) == len(epoch)
        assert all(row < num_rows for row in epoch)


def test_a_longer_run_begins_with_the_shorter_one():
    assert make_order(50, 240, 7)[:90].tolist() == make_order(50, 90, 7).tolist()


def test_epochs_and_seeds_differ():
    order = make_order(100, 200, 1)
    assert order[:100].tolist() != order[100:].tolist()
    assert order[:100].tolist() != make_order(100, 100, 2).tolist()


def test_the_order_of_a_seed_never_changes():
    # Written down once: a change here breaks the meaning of every stored seed.
    assert make_order(8, 16, 1234).tolist() == [7, 3, 0, 1, 4, 2, 5, 6, 0, 5, 6, 4, 2, 1, 7, 3]


@settings(max_examples=60, deadline=None)
@given(num_rows=st.integers(1, 40), batch_size=st.integers(1, 9), steps=st.integers(1, 30))
def test_step_to_rows_and_rows_to_steps_are_inverse(num_rows, batch_size, steps):
    order = make_order(num_rows, steps * batch_size, 3)
    for row in range(num_rows):
        listed = steps_of_rows(order, range(row, row + 1), Course(batch_size)).tolist()
        holding = [
            step
            for step in range(1, steps + 1)
            if row in rows_at_step(order, step, Course(batch_size)).tolist()
        ]
        assert listed == holding


def test_steps_count_from_one():
    order = make_order(10, 10, 0)
    assert rows_at_step(order, 1, Course(4)).tolist() == order[:4].tolist()
    assert len(rows_at_step(order, 4, Course(4))) == 0
    with pytest.raises(ValueError, match="count from 1"):
        rows_at_step(order, 0, Course(4))


def test_a_stored_order_comes_back_as_a_memory_map(tmp_path):
    order = make_order(30, 75, 5)
    write_order(tmp_path, order, num_rows=30, seed=5)
    stored, info = read_order(tmp_path)
    assert isinstance(stored, np.memmap)
    assert stored.tolist() == order.tolist()
    assert (info.num_rows, info.num_needed_rows, info.seed) == (30, 75, 5)
    assert (tmp_path / "order.bin").stat().st_size == 4 * 75


def test_a_damaged_or_missing_order_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no stored order"):
        read_order(tmp_path)
    write_order(tmp_path, make_order(30, 75, 5), num_rows=30, seed=5)
    with (tmp_path / "order.bin").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DataError, match=r"301 bytes where 300 are needed"):
        read_order(tmp_path)


def test_no_rows_cannot_be_ordered():
    with pytest.raises(DataError, match="0 rows"):
        make_order(0, 5, 1)


def test_a_longer_order_that_was_not_announced_yet_is_read_as_the_shorter_one(tmp_path):
    write_order(tmp_path, make_order(30, 75, 5), num_rows=30, seed=5)
    (tmp_path / "order.bin").write_bytes(make_order(30, 90, 5).tobytes())
    stored, _ = read_order(tmp_path)
    assert stored.tolist() == make_order(30, 75, 5).tolist()
