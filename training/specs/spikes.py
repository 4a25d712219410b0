"""When a step is skipped, when a run goes back, and when it gives up.

Chowdhery 2022 (PaLM: restart from a checkpoint before the spike and pass over the batches around
it), OLMo team 2025 (a step whose loss or gradient is 6 sigma above the last 128 is not taken).
"""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, option


class SpikePart(Part):
    """A loss or gradient that leaps is not learnt from; what is not finite never is."""

    sigma: float = option(
        6.0,
        title="Spike limit",
        help="A step is skipped when its loss or gradient norm is so many standard deviations "
        "above the mean of the last steps; 0 skips only what is not finite.",
        unit="sigma",
        recommended=(4, 10),
        ge=0,
        le=1000,
    )
    window_steps: int = option(
        128,
        title="Spike window",
        help="Steps that mean and deviation are of; nothing is judged before half of them.",
        unit="steps",
        ge=8,
        le=4096,
        group="advanced",
    )
    repeats: int = option(
        4,
        title="Go back after",
        help="So many skipped steps, among those of the next field, send the run back to the last "
        "checkpoint before them and on past the rows that it had read since; 0 never goes back.",
        unit="steps",
        ge=0,
        le=1000,
        group="advanced",
    )
    within_steps: int = option(
        16,
        title="Among the last",
        help="Steps among which skipped ones are counted.",
        unit="steps",
        ge=1,
        le=4096,
        group="advanced",
    )
    max_rollbacks: int = option(
        3,
        title="Give up after",
        help="The run fails when it has gone back so often and would have to again.",
        unit="times",
        ge=0,
        le=100,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """More repeats than steps that are looked at."""
        if self.repeats > self.within_steps:
            yield Problem(
                "repeats",
                f"there are no {self.repeats} skipped steps among {self.within_steps}",
                got=str(self.repeats),
                expected=f"up to {self.within_steps}",
                hint="Raise within_steps, or lower repeats.",
                fix=(("within_steps", 4 * self.repeats),),
            )
