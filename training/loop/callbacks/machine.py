"""Writes what the machine does while a run trains, as ordinary series: ``system/cpu_cores`` ...

Looked at between two steps, at most every `SAMPLE_SECONDS`: no thread beside the loop, and less
than 0.5 % of a core (benchmarks/machine_load.py measures it).
"""

from __future__ import annotations

import time

import psutil

from training.loop.run import Run, StepResult
from training.planning.load import Load

SAMPLE_SECONDS = 5.0


class MachineWatch:
    """The first process samples for all: it sees the tree of the launcher."""

    def __init__(self) -> None:
        self._load: Load | None = None
        self._due = 0.0

    def start(self, run: Run) -> None:
        """Begin to count."""
        if run.metrics is None:
            return
        own = psutil.Process()
        root = own if run.world.size == 1 else own.parent() or own
        self._load = Load(root, run.job.folder.root)
        # Short runs have a few samples too.
        self._due = time.monotonic() + SAMPLE_SECONDS / 10

    def after_step(self, run: Run, result: StepResult) -> None:
        """Sample when it is time."""
        now = time.monotonic()
        if self._load is None or run.metrics is None or now < self._due:
            return
        self._due = now + SAMPLE_SECONDS
        for name, value in self._load.sample().items():
            run.metrics.add(f"system/{name}", result.step, value)

    def end(self, run: Run) -> None:
        """Nothing waits."""
