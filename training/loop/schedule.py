"""Learning rate as a pure function of the step: nothing to save, nothing to drift on resume.

Linear warm-up (Goyal 2017), then cosine (Loshchilov & Hutter 2017), a line, or a constant.
"""

from __future__ import annotations

import math

from training.registry import SCHEDULES
from training.specs.optimization import SchedulePart


def learning_rate(step: int, *, peak: float, num_steps: int, schedule: SchedulePart) -> float:
    """Learning rate of optimizer step ``step`` (1 to ``num_steps``)."""
    warmup = schedule.warmup_steps
    if step <= warmup:
        return peak * step / warmup
    progress = (step - warmup) / max(1, num_steps - warmup)
    floor = schedule.floor_fraction
    shape = SCHEDULES[schedule.kind].load()
    return peak * (floor + (1 - floor) * float(shape(min(1.0, progress))))


def cosine(progress: float) -> float:
    """1 at 0, 0 at 1, half a cosine wave between."""
    return 0.5 * (1 + math.cos(math.pi * progress))


def linear(progress: float) -> float:
    """1 at 0, 0 at 1."""
    return 1 - progress


def constant(progress: float) -> float:
    """1 throughout."""
    return 1.0
