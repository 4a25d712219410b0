"""Geometry of the funnel's bars and of a histogram, as numbers for SVG attributes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from training.corpus.dedup.curve import candidate_curve, candidate_probability

WIDTH = 480
HEIGHT = 96
_LEAST_BAR = 2.0


@dataclass(frozen=True)
class Bar:
    """One bin. ``low`` and ``high`` are in the signal's unit."""

    x: float
    y: float
    width: float
    height: float
    low: float
    high: float
    count: int
    is_out: bool


@dataclass(frozen=True)
class Handle:
    """A threshold on the axis; ``field`` is the input that it belongs to."""

    field: str
    label: str
    x: float
    value: float


@dataclass(frozen=True)
class Split:
    """A value at which the documents are divided; nobody drags it."""

    label: str
    x: float
    value: float


@dataclass(frozen=True)
class Drawing:
    """A histogram with its thresholds. Heights are square roots: rare values stay visible."""

    bars: list[Bar]
    handles: list[Handle]
    scale: str
    high: float
    #: What one step of a handle is rounded to.
    step: float
    width: int = WIDTH
    height: int = HEIGHT
    splits: list[Split] = field(default_factory=list)


@dataclass(frozen=True)
class Curve:
    """Chance of being compared by Jaccard, as an SVG path; ``x`` is where the threshold stands.

    ``missed`` is the chance that a pair just at the threshold is never looked at.
    """

    path: str
    x: float
    threshold: float
    missed: float
    num_hashes: int
    width: int = WIDTH
    height: int = HEIGHT


def draw_curve(threshold: float, bands: int, rows: int) -> Curve:
    """The S-curve of a near-duplicate search."""
    points = [
        f"{WIDTH * jaccard:.1f} {HEIGHT * (1 - chance):.1f}"
        for jaccard, chance in candidate_curve(bands, rows)
    ]
    return Curve(
        path="M" + "L".join(points),
        x=round(WIDTH * threshold, 1),
        threshold=threshold,
        missed=1 - candidate_probability(threshold, bands, rows),
        num_hashes=bands * rows,
    )


def place(value: float, high: float, scale: str) -> float:
    """Where a value stands on the axis."""
    is_log = scale == "log"
    part = math.log1p(max(0.0, value)) / math.log1p(high) if is_log else value / high
    return round(WIDTH * min(1.0, max(0.0, part)), 1)


def draw(
    histogram: dict[str, Any], rule: str, limits: dict[str, tuple[str, float]], *, is_whole: bool
) -> Drawing:
    """``limits`` maps ``at_least`` and ``at_most`` to (label, value)."""
    edges, counts, scale = histogram["edges"], histogram["counts"], histogram["scale"]
    high = edges[-1] or 1.0
    step = 1.0 if is_whole else 0.001 if high <= 1 else 0.1
    most = math.sqrt(max([1, *counts]))
    low_limit = limits.get("at_least", ("", -math.inf))[1]
    high_limit = limits.get("at_most", ("", math.inf))[1]
    bars = []
    width = WIDTH / len(counts)
    for number, count in enumerate(counts):
        height = max(_LEAST_BAR, HEIGHT * math.sqrt(count) / most) if count else 0.0
        low, top = edges[number], edges[number + 1]
        middle = (low + top) / 2
        bars.append(
            Bar(
                x=round(number * width + 0.5, 1),
                y=round(HEIGHT - height, 1),
                width=round(width - 1, 1),
                height=round(height, 1),
                low=low,
                high=top,
                count=count,
                is_out=not low_limit <= middle <= high_limit,
            )
        )
    handles = [
        Handle(f"{rule}.{name}", label, place(value, high, scale), value)
        for name, (label, value) in limits.items()
    ]
    return Drawing(bars, handles, scale, high, step)


def with_splits(drawing: Drawing, splits: list[tuple[str, float]], kept: list[bool]) -> Drawing:
    """With a line at each of the ascending values; ``kept`` says which parts between them stay."""
    values = [value for _, value in splits]
    bars = [
        replace(bar, is_out=not kept[sum(value <= (bar.low + bar.high) / 2 for value in values)])
        for bar in drawing.bars
    ]
    lines = [
        Split(label, place(value, drawing.high, drawing.scale), value) for label, value in splits
    ]
    return replace(drawing, bars=bars, splits=lines)
