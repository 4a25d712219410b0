"""One row per measurement, one table for all: name, ours, peer or limit, ratio, goal."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measurement. ``ratio`` and ``goal`` are texts; ``is_met`` None where there is no goal."""

    name: str
    ours: str
    against: str
    ratio: str
    goal: str = ""
    is_met: bool | None = None


def print_table(rows: Iterable[Row]) -> None:
    """Print rows as they come, in fixed columns."""
    print(f"{'name':<44} {'ours':>16} {'peer or limit':>34} {'ratio':>24}  goal")
    for row in rows:
        met = {True: "met", False: "NOT MET", None: ""}[row.is_met]
        print(
            f"{row.name:<44} {row.ours:>16} {row.against:>34} {row.ratio:>24}  {row.goal} {met}",
            flush=True,
        )


def bootstrap_interval(
    peer: Sequence[float], ours: Sequence[float], *, seed: int = 0
) -> tuple[float, float, float]:
    """Median of peer / ours over paired blocks, and its 95 % bootstrap interval."""
    ratios = [b / a for a, b in zip(ours, peer, strict=True)]
    dice = random.Random(seed)
    medians = sorted(statistics.median(dice.choices(ratios, k=len(ratios))) for _ in range(2_000))
    return statistics.median(ratios), medians[50], medians[-51]
