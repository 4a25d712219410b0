"""Saves the run off the critical path; a full disk pauses saving, not training.

The snapshot is copied between two steps; a thread writes it while the run goes on. The next
checkpoint waits for the one before it. After ``_MAX_FAILURES`` failures in a row, or a failure of
the last one, the run ends as "disk full" and can be resumed from the checkpoint before.
"""

from __future__ import annotations

import math
import threading
import time

from training.errors import DiskFullError
from training.events import EventKind
from training.loop.checkpoint import SCHEDULED, retire, write_checkpoint
from training.loop.run import Run, StepResult
from training.loop.snapshot import Snapshot, take_snapshot
from training.loop.tuned import adapter_entry
from training.tuning.lora import has_adapter

_MAX_FAILURES = 3


class Checkpointer:
    """Checkpoints every so many steps, at every improvement, at a stop and at the end."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None
        self._num_failures = 0

    def start(self, run: Run) -> None:
        """Nothing is due yet: the start can be made again from the spec."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """Save when due."""
        every = run.spec.checkpoints.every_steps
        is_end = run.is_over or result.is_stop_wanted
        if is_end or run.has_improved or (every and result.step % every == 0):
            is_scheduled = (
                run.is_over or run.has_improved or bool(every and result.step % every == 0)
            )
            self._save(run, is_end=is_end, is_scheduled=is_scheduled)

    def end(self, run: Run) -> None:
        """Wait for the write under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _save(self, run: Run, *, is_end: bool, is_scheduled: bool) -> None:
        self.end(run)
        # The last one is tried whatever became of those before it: there may be room again.
        self._count_failure(num_allowed=math.inf if is_end else _MAX_FAILURES - 1)
        extra = {
            "metric_lengths": run.metrics.lengths() if run.metrics else {},
            SCHEDULED: is_scheduled,
        }
        if has_adapter(run.model):
            extra |= adapter_entry(run)
        snapshot = take_snapshot(
            run.model, run.optimizer, run.state, run.world, extra, run.loop_tensors()
        )
        if not run.world.is_main:
            return
        # While steps are being skipped the run may yet go back, to what is older than they are.
        may_retire = not run.spikes.flagged_steps()
        self._thread = threading.Thread(
            target=self._write, args=(run, snapshot, may_retire), daemon=True
        )
        self._thread.start()
        if is_end:
            self.end(run)
            self._count_failure(num_allowed=0)

    def _write(self, run: Run, snapshot: Snapshot, may_retire: bool) -> None:
        """In a thread of its own; what goes wrong is kept for the loop."""
        try:
            self._write_and_tell(run, snapshot, may_retire)
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the loop
            self._failure = error
        else:
            self._num_failures = 0

    def _write_and_tell(self, run: Run, snapshot: Snapshot, may_retire: bool) -> None:
        started, state = time.monotonic(), snapshot.state
        try:
            path = write_checkpoint(run.job.folder, snapshot, run.model_spec)
        except DiskFullError as error:
            run.job.events.write(EventKind.CHECKPOINT_FAILED, step=state.step, message=str(error))
            raise
        if may_retire:
            retire(
                run.job.folder,
                keep_last=run.spec.checkpoints.keep_last,
                best_step=state.best_step,
            )
        run.job.events.write(
            EventKind.CHECKPOINT,
            step=state.step,
            path=path.name,
            num_bytes=sum(file.stat().st_size for file in path.iterdir()),
            seconds=time.monotonic() - started,
            is_best=state.step == state.best_step,
        )

    def _count_failure(self, *, num_allowed: float) -> None:
        """Raise what the last write failed of, unless it was a full disk and may happen again."""
        failure, self._failure = self._failure, None
        if failure is None:
            return
        self._num_failures += 1
        if not isinstance(failure, DiskFullError) or self._num_failures > num_allowed:
            raise failure
