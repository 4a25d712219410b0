"""What logging and metrics cost of a step of 50 ms: CPU in the callbacks of the loop and beside it.

A small model trains through the product's own loop with all callbacks that a run has and nothing to
validate, sample or save; each step is stretched to 50 ms. Counted is the CPU time that the main
thread spends in callbacks, and that of all other threads (the machine is watched in one). Limit:
0.2 % of the step. Run: python -m benchmarks.logging_cost [--steps 400]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.racing import train
from benchmarks.table import Row, print_table
from benchmarks.training import make_store
from training.loop.callbacks.machine import MachineWatch
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.spike_watch import SpikeWatch
from training.loop.run import Callback, Run, StepResult
from training.specs.model import ModelSpec

MODEL = ModelSpec(num_layers=1, width=64, num_heads=2, context_length=64, vocab_size=256)
STEP_SECONDS = 0.05
LIMIT = 0.002
WARM_STEPS = 20


class Counted:
    """Another callback, and the CPU seconds of this thread spent in it."""

    def __init__(self, callback: Callback) -> None:
        self._callback, self.seconds = callback, 0.0

    def start(self, run: Run) -> None:
        """As the other."""
        self._callback.start(run)

    def after_step(self, run: Run, result: StepResult) -> None:
        """As the other, by the clock of this thread."""
        began = time.thread_time()
        self._callback.after_step(run, result)
        self.seconds += (time.thread_time() - began) * (result.step > WARM_STEPS)

    def end(self, run: Run) -> None:
        """As the other."""
        self._callback.end(run)


class Stretched:
    """Waits until the step has lasted as long as it should; counts the CPU of other threads."""

    def __init__(self) -> None:
        self._due = self._other = 0.0
        self.beside = 0.0

    def start(self, run: Run) -> None:
        """Start the clock."""
        self._due = time.monotonic() + STEP_SECONDS

    def after_step(self, run: Run, result: StepResult) -> None:
        """Wait for the rest of the step."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + STEP_SECONDS
        other = time.process_time() - time.thread_time()
        if result.step == WARM_STEPS:
            self._other = other
        self.beside = other - self._other

    def end(self, run: Run) -> None:
        """Nothing waits."""


def rows(num_steps: int) -> Iterator[Row]:
    """One row: both kinds of cost over the step."""
    torch.set_num_threads(1)
    counted = [Counted(one) for one in (Reporter(), SpikeWatch(), MachineWatch())]
    stretched = Stretched()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_store(folder / "tokens", [65] * 400, MODEL.vocab_size)
        options = {
            "tokens": "../tokens",
            "model": MODEL.model_dump(mode="json"),
            "num_steps": num_steps + WARM_STEPS,
            "batch_size": 4,
            "spikes": {"sigma": 100.0},
        }
        train(folder / "run", options, [*counted, stretched])
    inside = sum(one.seconds for one in counted) / num_steps
    beside = stretched.beside / num_steps
    share = (inside + beside) / STEP_SECONDS
    yield Row(
        "logging and metrics of a step of 50 ms",
        f"{1e6 * inside:.0f} + {1e6 * beside:.0f} µs CPU",
        f"limit {1e6 * LIMIT * STEP_SECONDS:.0f} µs",
        f"{100 * share:.3f} %",
        f"<= {100 * LIMIT:g} %",
        share <= LIMIT,
    )


def main() -> int:
    """Print the table; 1 when the limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    found = list(rows(parser.parse_args().steps))
    print_table(found)
    return 0 if all(row.is_met for row in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
