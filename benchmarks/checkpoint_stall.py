"""How long the loop stands still for a checkpoint, in steps: the 8.5 M LLaMA of ``step_overhead``.

The loop waits for the copy in memory (and for the checkpoint before, where that is still being
written); writing, hashing and reading back go on beside the steps. Both are wall time: the pause as
the run's own events tell it, a step as the median of those without a save. What the steps lose to
the writer's share of the machine is told too. Run: python -m benchmarks.checkpoint_stall
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.step_overhead import LENGTH, MODEL, NUM_ROWS, make_store
from benchmarks.table import Row, print_table
from training.events import all_events
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.run import Run, StepResult
from training.loop.setup import prepare_run
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.parallel.world import World
from training.specs.train import TrainSpec

_EVERY, _NUM_SAVES = 8, 5
_LONGEST_STALL_STEPS = 1.0


class Clock:
    """Callback before the saver: when each step was done."""

    def __init__(self) -> None:
        self.done: list[float] = []

    def start(self, run: Run) -> None:
        """The first step begins now."""
        self.done.append(time.monotonic())

    def after_step(self, run: Run, result: StepResult) -> None:
        """Note the time."""
        self.done.append(time.monotonic())

    def end(self, run: Run) -> None:
        """Nothing to end."""


def rows() -> Iterator[Row]:
    """The pause, and the steps while a checkpoint is written."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_store(folder / "tokens")
        seconds, pauses = measure(folder)
    # The first step of a span holds the pause before it, and the writer works beside the next ones.
    spans = [seconds[start : start + _EVERY] for start in range(_EVERY, len(seconds), _EVERY)]
    calm = statistics.median(step for span in spans for step in span[_EVERY // 2 :])
    beside = statistics.median(span[1] for span in spans)
    worst = max(pauses)
    yield Row(
        f"pause for a checkpoint, {MODEL.num_layers} layers of {MODEL.width}",
        f"{worst * 1e3:.0f} ms",
        f"a step, {calm * 1e3:.0f} ms",
        f"{worst / calm:.3f}",
        f"<= {_LONGEST_STALL_STEPS:g}",
        worst / calm <= _LONGEST_STALL_STEPS,
    )
    yield Row(
        "step while a checkpoint is written",
        f"{beside * 1e3:.0f} ms",
        f"a step, {calm * 1e3:.0f} ms",
        f"{beside / calm:.3f}",
    )


def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of every step, and of every pause, of one run."""
    spec = TrainSpec.parse(
        {
            "tokens": "../tokens",
            "model": MODEL.model_dump(mode="json"),
            "num_steps": _EVERY * _NUM_SAVES,
            "batch_size": NUM_ROWS,
            "sequence_length": LENGTH,
            "packing": {"isolation": "none"},
            "validation": {"every_steps": 0},
            "checkpoints": {"every_steps": _EVERY},
            "precision": "fp32",
            "device": "cpu",
            "num_threads": 1,
        }
    ).resolve()
    root = folder / "run"
    root.mkdir()
    job = Job(JobFolder(root), verb="train", spec=spec.to_dict())
    run = prepare_run(spec, job, World(0, 1, torch.device("cpu")))
    clock = Clock()
    Trainer(run, [clock, Checkpointer()], StopWatch(job)).train()
    saved = [event for event in all_events(job.folder.events) if event["kind"] == "checkpoint"]
    seconds = [end - start for start, end in zip(clock.done, clock.done[1:], strict=False)]
    return seconds, [event["paused_seconds"] for event in saved]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print_table(rows())
