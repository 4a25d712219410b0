"""Learning rate as a pure function of the step: nothing to save, nothing to drift on resume.

Linear warm-up (Goyal 2017), then a shape: cosine and its restarts (Loshchilov & Hutter 2017), a
line, a constant, a polynomial, warm-up-stable-decay (Hu 2024, Hägele 2024) or the inverse square
root (Vaswani 2017). A shape is 1 at the peak; 0 is the floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.registry import SCHEDULES
from training.specs.optimization import DecayShape, SchedulePart


@dataclass(frozen=True)
class Way:
    """How far a run is: ``progress`` 0 to 1 from the end of warm-up to the last step."""

    progress: float
    step: int
    num_steps: int
    part: SchedulePart


def learning_rate(step: int, *, peak: float, num_steps: int, schedule: SchedulePart) -> float:
    """Learning rate of optimizer step ``step`` (1 to ``num_steps``)."""
    warmup = schedule.warmup_steps
    if step <= warmup:
        return peak * step / warmup
    progress = min(1.0, (step - warmup) / max(1, num_steps - warmup))
    floor = schedule.floor_fraction
    shape = SCHEDULES[schedule.kind].load()
    return peak * (floor + (1 - floor) * float(shape(Way(progress, step, num_steps, schedule))))


def cosine(way: Way) -> float:
    """Half a cosine wave from 1 to 0."""
    return _half_wave(way.progress)


def linear(way: Way) -> float:
    """A line from 1 to 0."""
    return 1 - way.progress


def constant(way: Way) -> float:
    """1 throughout."""
    return 1.0


def polynomial(way: Way) -> float:
    """(1 - progress)^power."""
    return (1 - way.progress) ** way.part.power


def cosine_restarts(way: Way) -> float:
    """Equal half waves, each from 1; the last one ends at 0."""
    cycles = way.part.num_cycles * way.progress
    return _half_wave(cycles % 1) if way.progress < 1 else 0.0


def wsd(way: Way) -> float:
    """1, and in the last part of the whole run down to 0."""
    num_decaying = way.part.decay_fraction * way.num_steps
    fallen = (way.step - (way.num_steps - num_decaying)) / num_decaying
    if fallen <= 0:
        return 1.0
    if way.part.decay_shape == DecayShape.COSINE:
        return _half_wave(fallen)
    return 1 - (math.sqrt(fallen) if way.part.decay_shape == DecayShape.SQRT else fallen)


def inverse_sqrt(way: Way) -> float:
    """sqrt(k / (k + steps since warm-up)): 1 at first, half of it after 3 k steps, never 0."""
    warmup = way.part.warmup_steps
    timescale = way.part.timescale_steps or max(warmup, way.num_steps // 100, 1)
    return math.sqrt(timescale / (timescale + way.step - warmup))


def _half_wave(progress: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))
