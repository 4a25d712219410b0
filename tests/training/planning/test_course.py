"""Which places of the order a step reads: without gaps, each once, and back again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.planning.course import Course, LeftOut, Ramp
from training.planning.plan import plan_training
from training.specs.train import TrainSpec

RAMPS = st.none() | st.builds(
    Ramp,
    start_rows=st.integers(1, 9),
    increment_rows=st.integers(1, 5),
    num_steps=st.integers(1, 12),
)


def walked(course: Course, num_steps: int) -> list[tuple[int, int]]:
    """(place, step) of everything that is read."""
    return [(place, step) for step in range(1, num_steps + 1) for place in course.places(step)]


@settings(max_examples=150, deadline=None)
@given(ramp=RAMPS, backs=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=4))
def test_places_and_steps_are_inverse(ramp: Ramp | None, backs: list[tuple[int, int]]) -> None:
    course = Course(10, ramp)
    for to_step, further in backs:
        course = course.rolled_back(to_step, to_step + further)
    read = dict(walked(course, 30))
    assert len(read) == len(walked(course, 30))
    places = np.arange(course.places(30).stop)
    assert course.steps_of(places).tolist() == [read.get(int(place), 0) for place in places]
    left_out = sum(one.num_rows for one in course.left_out if one.step <= 30)
    assert len(places) == len(read) + left_out


def test_a_batch_grows_evenly_to_its_size() -> None:
    course = Course(16, Ramp(start_rows=4, increment_rows=4, num_steps=6))
    assert [course.num_rows(step) for step in range(1, 9)] == [4, 4, 8, 8, 12, 12, 16, 16]
    assert course.places(7) == range(48, 64)


def test_the_last_increment_may_be_smaller() -> None:
    course = Course(10, Ramp(start_rows=4, increment_rows=4, num_steps=2))
    assert [course.num_rows(step) for step in range(1, 5)] == [4, 8, 10, 10]


def test_going_back_passes_over_all_that_was_read_since() -> None:
    course = Course(4).rolled_back(to_step=10, from_step=15)
    assert course.left_out == (LeftOut(step=11, num_rows=20, number=1),)
    assert course.places(10) == Course(4).places(10)
    assert course.places(11) == Course(4).places(16)


def test_going_back_twice_to_one_step_makes_one_longer_window() -> None:
    course = Course(4).rolled_back(10, 15).rolled_back(10, 13)
    assert course.left_out == (LeftOut(step=11, num_rows=32, number=2),)


def test_going_further_back_forgets_what_came_later() -> None:
    course = Course(4).rolled_back(10, 15).rolled_back(20, 22).rolled_back(5, 21)
    assert course.left_out == (LeftOut(step=6, num_rows=92, number=3),)
    assert [course.num_rollbacks(step) for step in (5, 6)] == [0, 3]


def test_the_plan_counts_the_tokens_of_a_batch_that_grows() -> None:
    ramp = {"start_rows": 4, "num_steps": 6, "increment_rows": 4}
    spec = TrainSpec.parse(
        {"tokens": "t", "batch_size": 16, "num_steps": 10, "batch_ramp": ramp, "device": "cpu"}
    )
    plan = plan_training(spec)
    assert plan.num_tokens == (2 * (4 + 8 + 12) + 4 * 16) * spec.model.context_length
