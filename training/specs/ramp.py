"""A batch that grows over the first steps: small steps are cheap while every one still helps.

Brown 2020 (GPT-3, from 32 k tokens up over the first billions), McCandlish 2018 (why it costs
little: the gradient noise is small at first).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from training.errors import Problem
from training.specs.base import Part, option


class BatchRampPart(Part):
    """Rows per step at the beginning, and how they grow to the batch."""

    start_rows: int = option(
        0,
        title="First batch",
        help="Rows of the first step, growing to the batch; 0 takes the whole batch at once.",
        unit="rows",
        ge=0,
        le=1_048_576,
        group="advanced",
    )
    num_steps: int = option(
        0,
        title="Ramp",
        help="Steps over which the batch grows, evenly; 0 is no ramp.",
        unit="steps",
        ge=0,
        le=100_000_000,
        group="advanced",
        shown_if=("start_rows",),
    )
    increment_rows: int = option(
        0,
        title="Increment",
        help="Rows by which the batch grows at a time; 0 takes as many as the first batch has.",
        unit="rows",
        ge=0,
        le=1_048_576,
        group="advanced",
        shown_if=("start_rows",),
    )

    @property
    def is_on(self) -> bool:
        """Whether the batch grows at all."""
        return bool(self.start_rows)

    def resolved(self) -> BatchRampPart:
        """With its increment, which no number of processes changes: the course is the spec's."""
        return self.replace(increment_rows=self.increment_rows or self.start_rows)


class RampedRun(Protocol):
    """The fields of a run that a ramp must fit."""

    @property
    def batch_ramp(self) -> BatchRampPart: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def num_processes(self) -> int: ...
    @property
    def num_steps(self) -> int: ...


def ramp_problems(run: RampedRun) -> Iterator[Problem]:
    """A first batch that is none, a ramp without steps, rows that do not split over processes."""
    ramp = run.batch_ramp
    if not ramp.is_on:
        return
    if ramp.start_rows > run.batch_size:
        yield Problem(
            "batch_ramp.start_rows",
            "the batch grows, so its first size is at most its last",
            got=f"{ramp.start_rows}",
            expected=f"up to {run.batch_size} rows",
            hint="Lower it, or raise batch_size.",
            fix=(("batch_ramp.start_rows", max(1, run.batch_size // 4)),),
        )
    if not 0 < ramp.num_steps < run.num_steps:
        good = max(1, run.num_steps // 10)
        yield Problem(
            "batch_ramp.num_steps",
            "a ramp needs steps, and must end before the run does",
            got=str(ramp.num_steps),
            expected=f"1 to {run.num_steps - 1} steps",
            hint=f"A tenth of the run is usual: {good}. start_rows 0 is no ramp.",
            fix=(("batch_ramp.num_steps", good),),
        )
    for name in ("start_rows", "increment_rows"):
        rows = getattr(ramp, name)
        if rows % run.num_processes:
            good = -(-rows // run.num_processes) * run.num_processes
            yield Problem(
                f"batch_ramp.{name}",
                f"rows must split evenly over {run.num_processes} processes",
                got=str(rows),
                expected=f"a multiple of {run.num_processes}",
                hint=f"Use {good}.",
                fix=((f"batch_ramp.{name}", good),),
            )
