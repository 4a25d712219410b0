"""Saves the run off the critical path; a full disk pauses saving, not training.

The loop stands still for a copy in memory alone, between two steps; a thread writes it, reads it
back, and lets it appear while the run goes on. The next checkpoint waits for the one before it.
After `max_failures` failures in a row, or a failure of the last one, the run ends as "disk full"
and can be resumed from the checkpoint before.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from torch import Tensor

from training.errors import CheckpointError, DiskFullError
from training.events import EventKind
from training.loop.checkpoint import SCHEDULED, retire, write_checkpoint
from training.loop.run import Run, StepResult
from training.loop.snapshot import Snapshot, take_snapshot
from training.loop.tuned import adapter_entry
from training.tuning.lora import has_adapter


@dataclass(frozen=True)
class _Writing:
    """What the thread is to write. ``may_retire``: whether older ones may be deleted after it."""

    snapshot: Snapshot
    may_retire: bool
    paused_seconds: float


class Checkpointer:
    """Checkpoints every so many steps, at every improvement, at a stop and at the end."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None
        self._num_failures = 0
        self._room: dict[str, Tensor] = {}

    def start(self, run: Run) -> None:
        """Nothing is due yet: the start can be made again from the spec."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """Save when due."""
        every = run.spec.checkpoints.every_steps
        is_due = bool(every) and result.step % every == 0
        is_scheduled = run.is_over or run.has_improved or is_due
        if is_scheduled or result.is_stop_wanted:
            is_end = run.is_over or result.is_stop_wanted
            self._save(run, is_end=is_end, is_scheduled=is_scheduled)

    def end(self, run: Run) -> None:
        """Wait for the write under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _save(self, run: Run, *, is_end: bool, is_scheduled: bool) -> None:
        started, most = time.monotonic(), run.spec.checkpoints.max_failures
        self.end(run)
        # The last one is tried whatever became of those before it: there may be room again.
        self._count_failure(num_allowed=math.inf if is_end or not most else most - 1)
        extra = {
            "metric_lengths": run.metrics.lengths() if run.metrics else {},
            SCHEDULED: is_scheduled,
        }
        if has_adapter(run.model):
            extra |= adapter_entry(run)
        snapshot = take_snapshot(
            run.model, run.optimizer, run.state, run.world, extra, run.loop_tensors(), self._room
        )
        if not run.world.is_main:
            return
        # While steps are being skipped the run may yet go back, to what is older than they are.
        may_retire = not run.spikes.flagged_steps()
        writing = _Writing(snapshot, may_retire, time.monotonic() - started)
        self._thread = threading.Thread(target=self._write, args=(run, writing), daemon=True)
        self._thread.start()
        if is_end:
            self.end(run)
            self._count_failure(num_allowed=0)

    def _write(self, run: Run, writing: _Writing) -> None:
        """In a thread of its own; what goes wrong is kept for the loop."""
        try:
            self._write_and_tell(run, writing)
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the loop
            self._failure = error
        else:
            self._num_failures = 0

    def _write_and_tell(self, run: Run, writing: _Writing) -> None:
        started, state = time.monotonic(), writing.snapshot.state
        try:
            path = write_checkpoint(run.job.folder, writing.snapshot, run.model_spec)
        except (DiskFullError, CheckpointError) as error:
            run.job.events.write(EventKind.CHECKPOINT_FAILED, step=state.step, message=str(error))
            raise
        if writing.may_retire:
            part = run.spec.checkpoints
            retire(
                run.job.folder,
                keep_last=part.keep_last,
                best_step=state.best_step,
                keep_every=part.keep_every_steps,
            )
        run.job.events.write(
            EventKind.CHECKPOINT,
            step=state.step,
            path=path.name,
            num_bytes=sum(file.stat().st_size for file in path.iterdir()),
            seconds=time.monotonic() - started,
            paused_seconds=writing.paused_seconds,
            is_best=state.step == state.best_step,
        )

    def _count_failure(self, *, num_allowed: float) -> None:
        """Raise what the last write failed of, unless that may happen again."""
        failure, self._failure = self._failure, None
        if failure is None:
            return
        self._num_failures += 1
        may_go_on = isinstance(failure, DiskFullError | CheckpointError)
        if not may_go_on or self._num_failures > num_allowed:
            raise failure
