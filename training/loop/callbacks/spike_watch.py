"""Tells of skipped steps, and ends the attempt when the run must go back.

On a CPU after every step; on a GPU every few steps and before anything is saved or measured, so
that the host seldom waits. All ranks look at the same steps and see the same flags.
"""

from __future__ import annotations

import math
from typing import Any

from training.events import EventKind
from training.loop.callbacks.due import is_looked_at
from training.loop.offenders import Offender, offenders
from training.loop.run import Run, StepResult

#: Documents are told of so many skipped steps of an attempt; the others are counted and named.
_MOST_EXPLAINED = 20


class RollBackWantedError(Exception):
    """Too many of the last steps were skipped. Not a failure: the verb catches it and goes back."""

    def __init__(self, step: int, skipped: list[int], rows: list[Offender]) -> None:
        super().__init__(f"{len(skipped)} steps were skipped up to step {step}")
        self.step = step
        self.skipped = skipped
        self.rows = rows


class SpikeWatch:
    """Comes right after the reporter: what has gone wrong is neither validated nor saved."""

    def __init__(self) -> None:
        self._waiting: list[StepResult] = []
        self._num_told = 0
        self._worst: list[Offender] = []

    def start(self, run: Run) -> None:
        """Nothing has been skipped yet."""

    def after_step(self, run: Run, result: StepResult) -> None:
        """Look, where it is time to. Raises RollBackWantedError on all ranks at once."""
        self._waiting.append(result)
        if not is_looked_at(run, result):
            return
        waiting, self._waiting = self._waiting, []
        skipped = [one for one in waiting if one.is_spike]
        for one in skipped:
            self._tell(run, one)
        if skipped:
            self._require_steadiness(run, result.step)

    def end(self, run: Run) -> None:
        """Tell what waits."""
        for one in self._waiting:
            if one.is_spike:
                self._tell(run, one)

    def _require_steadiness(self, run: Run, step: int) -> None:
        part = run.spec.spikes
        skipped = run.spikes.flagged_steps()
        # A run of fewer steps must not end well when it has taken none.
        repeats = min(part.repeats, run.spec.num_steps)
        if part.repeats and len(skipped) >= repeats:
            raise RollBackWantedError(step, skipped, self._worst)

    def _tell(self, run: Run, result: StepResult) -> None:
        if not run.world.is_main:
            return
        self._num_told += 1
        loss, norm = result.loss.item(), result.gradient_norm.item()
        rows = offenders(run, result.step) if self._num_told <= _MOST_EXPLAINED else []
        self._worst = [*rows[:1], *self._worst][: run.spec.spikes.within_steps]
        limits = [float(limit) for limit in result.limits]
        run.job.events.write(
            EventKind.STEP_SKIPPED,
            step=result.step,
            loss=loss,
            gradient_norm=norm,
            loss_limit=limits[0],
            gradient_norm_limit=limits[1],
            rows=[row.as_dict() for row in rows],
            message=" ".join([_reason(loss, norm, limits), *_named(rows)]),
        )


def _reason(loss: float, norm: float, limits: list[float]) -> str:
    if not (math.isfinite(loss) and math.isfinite(norm)):
        return f"its loss is {loss:.4g} and its gradient norm {norm:.4g}."
    names: list[tuple[str, Any, float]] = [
        ("loss", loss, limits[0]),
        ("gradient norm", norm, limits[1]),
    ]
    return " ".join(
        f"its {name} of {value:.4g} is above the limit of {limit:.4g}."
        for name, value, limit in names
        if value > limit
    )


def _named(rows: list[Offender]) -> list[str]:
    return [f"Of the rows that it read, {rows[0]}."] if rows else []
