"""Tells of steps that were skipped because a gradient overflowed fp16, and of the next scale."""

from __future__ import annotations

from training.events import EventKind
from training.loop.callbacks.due import is_looked_at
from training.loop.loss_scale import LEAST_SCALE
from training.loop.run import Run, StepResult

#: Events of so many overflows of an attempt; all of them are counted.
_MOST_TOLD = 100


def overflow_counts(run: Run) -> dict[str, int]:
    """For the manifest: how many steps overflowed; empty but in fp16."""
    if run.loss_scale is None:
        return {}
    return {"num_overflows": int(run.loss_scale.tensors()["loss_scale/num_overflows"])}


class OverflowWatch:
    """Reads what waits when the spike rule's results are read; does nothing but in fp16."""

    def __init__(self) -> None:
        self._waiting: list[StepResult] = []
        self._num_told = 0

    def start(self, run: Run) -> None:
        """Nothing has overflowed yet."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """Look, where it is time to."""
        if result.scaled is None:
            return
        self._waiting.append(result)
        if is_looked_at(run, result):
            self._tell(run)

    def end(self, run: Run) -> None:
        """Tell what waits."""
        self._tell(run)

    def _tell(self, run: Run) -> None:
        waiting, self._waiting = self._waiting, []
        for result in waiting:
            scaled = result.scaled
            if scaled is None or not run.world.is_main or not scaled.is_overflow:
                continue
            self._num_told += 1
            if self._num_told > _MOST_TOLD:
                continue
            scale, count = scaled.scale.item(), int(scaled.num_overflows)
            lower = max(scale / 2, LEAST_SCALE)
            run.job.events.write(
                EventKind.OVERFLOW,
                step=result.step,
                loss_scale=scale,
                next_loss_scale=lower,
                num_overflows=count,
                message=f"a gradient passed what fp16 can hold at a loss scale of {scale:,.0f}, so "
                f"the step was skipped and the scale is {lower:,.0f} now (overflow {count:,} of "
                "this run).",
            )
