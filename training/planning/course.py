"""Which places of the stored order each step reads: batches that may grow, windows left out.

Without either, step s reads places (s - 1) x rows to s x rows. A ramp (Brown 2020) gives the first
steps fewer rows, level by level. A window is left out when a run went back to a checkpoint and on
past the data that upset it (Chowdhery 2022): from one step on, everything lies further back. Both
are numbers, so that step to rows, row to steps and resuming stay look-ups.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.specs.ramp import BatchRampPart

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ramp:
    """Rows per step grow from ``start_rows`` by ``increment_rows``, evenly over ``num_steps``."""

    start_rows: int
    increment_rows: int
    num_steps: int


@dataclass(frozen=True)
class LeftOut:
    """Before ``step`` reads, ``num_rows`` places are passed over; ``number`` counts roll-backs."""

    step: int
    num_rows: int
    number: int


@dataclass(frozen=True)
class _Levels:
    """Equal batches in a row: first step, first place (nothing left out) and size of each level."""

    first_steps: Int64
    first_places: Int64
    sizes: Int64


@dataclass(frozen=True)
class Course:
    """How a run walks along its order. ``left_out`` ascends by step and by number."""

    batch_size: int
    ramp: Ramp | None = None
    left_out: tuple[LeftOut, ...] = ()

    def num_rows(self, step: int) -> int:
        """Rows of one step."""
        return int(self._levels.sizes[self._level_of_step(step)])

    def places(self, step: int) -> range:
        """Places in the order that ``step`` (from 1) reads."""
        if step < 1:
            raise ValueError(f"steps count from 1, got {step}")
        start = self._num_rows_before(step) + sum(one.num_rows for one in self._until(step))
        return range(start, start + self.num_rows(step))

    def steps_of(self, places: npt.NDArray[np.integer[Any]]) -> Int64:
        """The step that reads each place [n]; 0 where it is left out."""
        moved = places.astype(np.int64)
        is_read = np.ones(len(moved), dtype=bool)
        passed = 0
        for one in self.left_out:
            start = self._num_rows_before(one.step) + passed
            is_read &= (places < start) | (places >= start + one.num_rows)
            moved -= np.where(places >= start, one.num_rows, 0)
            passed += one.num_rows
        levels = self._levels
        level = np.searchsorted(levels.first_places, moved, side="right") - 1
        inside = (moved - levels.first_places[level]) // levels.sizes[level]
        return np.where(is_read, levels.first_steps[level] + inside, 0)

    def num_rollbacks(self, step: int) -> int:
        """How often the run had gone back when it took ``step``, as far as that step knows."""
        return max((one.number for one in self._until(step)), default=0)

    def rolled_back(self, to_step: int, from_step: int) -> Self:
        """The course after going back to the end of ``to_step``, past all read since then."""
        kept = tuple(one for one in self.left_out if one.step <= to_step)
        before = type(self)(self.batch_size, self.ramp, kept)
        num_rows = self.places(from_step).stop - before.places(to_step + 1).start
        number = 1 + max((one.number for one in self.left_out), default=0)
        return type(self)(
            self.batch_size, self.ramp, (*kept, LeftOut(to_step + 1, num_rows, number))
        )

    def left_out_data(self) -> list[dict[str, int]]:
        """Plain data of what is left out, for ``course_of``."""
        return [asdict(one) for one in self.left_out]

    def _until(self, step: int) -> list[LeftOut]:
        return [one for one in self.left_out if one.step <= step]

    def _level_of_step(self, step: int) -> int:
        return int(np.searchsorted(self._levels.first_steps, step, side="right")) - 1

    def _num_rows_before(self, step: int) -> int:
        levels, level = self._levels, self._level_of_step(step)
        inside = (step - int(levels.first_steps[level])) * int(levels.sizes[level])
        return int(levels.first_places[level]) + inside

    @cached_property
    def _levels(self) -> _Levels:
        ramp = self.ramp
        if ramp is None:
            return _Levels(np.array([1]), np.array([0]), np.array([self.batch_size]))
        num_levels = -(-(self.batch_size - ramp.start_rows) // ramp.increment_rows)
        number = np.arange(num_levels + 1, dtype=np.int64)
        sizes = np.minimum(self.batch_size, ramp.start_rows + number * ramp.increment_rows)
        first_steps = 1 + -(-number * ramp.num_steps // num_levels)
        first_places = np.concatenate([[0], np.cumsum(np.diff(first_steps) * sizes[:-1])])
        return _Levels(first_steps, first_places, sizes)


def course_of(
    batch_size: int, ramp: BatchRampPart, left_out: Iterable[dict[str, int]] = ()
) -> Course:
    """The course that a resolved spec asks for, with the windows that were stored."""
    grows = ramp.is_on and ramp.start_rows < batch_size
    return Course(
        batch_size,
        Ramp(ramp.start_rows, ramp.increment_rows, ramp.num_steps) if grows else None,
        tuple(LeftOut(**one) for one in left_out),
    )
