"""Saves the run off the critical path; a full disk pauses saving, not training.

The snapshot is copied between two steps; a thread writes it while the run goes on. The next
checkpoint waits for the one before it. After ``_MAX_FAILURES`` failures in a row, or a failure of
the last one, the run ends as "disk full" and can be resumed from the checkpoint before.
"""

from __future__ import annotations

import threading
import time

from training.errors import DiskFullError
from training.events import EventKind
from training.loop.checkpoint import retire, write_checkpoint
from training.loop.run import Run, StepResult
from training.loop.snapshot import Snapshot, take_snapshot

_MAX_FAILURES = 3


class Checkpointer:
    """Checkpoints every so many steps, at every improvement, at a stop and at the end."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._num_failures = 0
        self._saved_step = -1

    def start(self, run: Run) -> None:
        """Nothing is due yet: the start can be made again from the spec."""
        self._saved_step = run.state.step

    def after_step(self, run: Run, result: StepResult) -> None:
        """Save when due."""
        every = run.spec.checkpoints.every_steps
        is_last = result.step == run.spec.num_steps
        is_end = is_last or result.is_stop_wanted or bool(run.end_reason)
        if is_end or run.has_improved or (every and result.step % every == 0):
            self._save(run, is_end=is_end)

    def end(self, run: Run) -> None:
        """Wait for the write under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _save(self, run: Run, *, is_end: bool) -> None:
        self.end(run)
        self._count_failure(run, is_end=is_end)
        lengths = run.metrics.lengths() if run.metrics else {}
        extra = {"metric_lengths": lengths, "num_processes": run.world.size}
        snapshot = take_snapshot(run.model, run.optimizer, run.state, run.world, extra)
        self._saved_step = run.state.step
        if not run.world.is_main:
            return
        self._thread = threading.Thread(target=self._write, args=(run, snapshot), daemon=True)
        self._thread.start()
        if is_end:
            self.end(run)
            self._count_failure(run, is_end=True)

    def _write(self, run: Run, snapshot: Snapshot) -> None:
        started = time.monotonic()
        try:
            path = write_checkpoint(run.job.folder, snapshot, run.model_spec)
            part = run.spec.checkpoints
            retire(run.job.folder, keep_last=part.keep_last, best_step=snapshot.state.best_step)
        except DiskFullError as error:
            self._failure = error
            run.job.events.write(
                EventKind.CHECKPOINT_FAILED, step=snapshot.state.step, message=str(error)
            )
            return
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the loop
            self._failure = error
            return
        self._num_failures = 0
        run.job.events.write(
            EventKind.CHECKPOINT,
            step=snapshot.state.step,
            path=path.name,
            num_bytes=sum(file.stat().st_size for file in path.iterdir()),
            seconds=time.monotonic() - started,
            is_best=snapshot.state.step == snapshot.state.best_step,
        )

    def _count_failure(self, run: Run, *, is_end: bool) -> None:
        failure, self._failure = self._failure, None
        if failure is None:
            return
        if not isinstance(failure, DiskFullError):
            raise failure
        self._num_failures += 1
        if is_end or self._num_failures >= _MAX_FAILURES:
            raise failure
