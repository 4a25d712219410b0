"""Rows and batches that fit: the same checks for a training and for the plan of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from training.errors import Problem
from training.specs.model import ModelSpec, nearest_divisor


class RunShape(Protocol):
    """The fields that are checked; 0 means what it means in TrainSpec."""

    @property
    def model(self) -> ModelSpec: ...
    @property
    def sequence_length(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def micro_batch_size(self) -> int: ...
    @property
    def num_processes(self) -> int: ...


def shape_problems(run: RunShape) -> Iterator[Problem]:
    """Rows longer than the model's context, and batches that do not divide."""
    yield from _batch_problems(run)
    # With a base its context counts, which is known when it is read.
    if not getattr(run, "base", "") and run.sequence_length > run.model.context_length:
        yield Problem(
            "sequence_length",
            "rows may not be longer than the model's context",
            got=str(run.sequence_length),
            expected=f"up to {run.model.context_length} tokens",
            hint="Raise model.context_length or shorten the rows.",
            fix=(("model.context_length", run.sequence_length),),
        )


def _batch_problems(run: RunShape) -> Iterator[Problem]:
    rows_per_process = run.batch_size // run.num_processes
    if run.batch_size % run.num_processes:
        good = -(-run.batch_size // run.num_processes) * run.num_processes
        yield Problem(
            "batch_size",
            f"the batch must split evenly over {run.num_processes} processes",
            got=str(run.batch_size),
            expected=f"a multiple of {run.num_processes}",
            hint=f"Use {good}.",
            fix=(("batch_size", good),),
        )
    elif run.micro_batch_size and rows_per_process % run.micro_batch_size:
        good = nearest_divisor(rows_per_process, run.micro_batch_size)
        yield Problem(
            "micro_batch_size",
            f"must divide the {rows_per_process} rows of each process",
            got=str(run.micro_batch_size),
            hint=f"Use {good}.",
            fix=(("micro_batch_size", good),),
        )
