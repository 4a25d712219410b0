"""The table of numbers of a comparison; differences are against the first run.

Runs of different lengths are also read at the same tokens; what a run has not is a dash.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.registry import perplexity_kind
from training.units import format_count, format_seconds, perplexity
from webapp.runs.chart_table import TOKENS
from webapp.runs.compare import Side
from webapp.runs.curves import floats, tokens_at

MISSING = "–"


@dataclass(frozen=True)
class Cell:
    """A number of one run, and how it differs from the baseline's (``tone``: good, bad or "")."""

    text: str
    delta: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Measure:
    """One row of the table of numbers."""

    label: str | Promise
    cells: list[Cell]


def measures_of(sides: Sequence[Side]) -> list[Measure]:
    """The table of numbers; differences are against the first run."""
    same = _same_tokens(sides)
    at = _("at %(tokens)s tokens") % {"tokens": format_count(same)} if same else ""
    rows: list[tuple[str | Promise, list[float | None], str, int]] = [
        (_BEST, [side.row.best.value if side.row.best else None for side in sides], "loss", -1),
        (_LAST, [_last(side, "validation/loss") for side in sides], "loss", -1),
        *_perplexities(sides),
        (_TRAINING, [_last(side, "train/loss") for side in sides], "loss", -1),
    ]
    for name, label in (("train/loss", _TRAINING), ("validation/loss", _LAST)):
        if same:
            values: list[float | None] = [_at_tokens(side, name, same) for side in sides]
            rows.append((f"{label} {at}", values, "loss", -1))
    rows += [
        (_SPEED, [_median(side, "train/tokens_per_second") for side in sides], "count", 1),
        (_SEEN, [_last(side, TOKENS) for side in sides], "count", 0),
        (_PARAMETERS, [side.num_parameters for side in sides], "count", 0),
        (_TIME, [_seconds(side) for side in sides], "seconds", 0),
    ]
    return [_measure(*row) for row in rows]


_BEST = gettext_lazy("Best validation loss")
_LAST = gettext_lazy("Validation loss")
_TRAINING = gettext_lazy("Training loss")
_SPEED = gettext_lazy("Tokens per second, median")
_SEEN = gettext_lazy("Tokens")
_PARAMETERS = gettext_lazy("Parameters")
_TIME = gettext_lazy("Time")


def _measure(
    label: str | Promise, values: Sequence[float | None], kind: str, better: int
) -> Measure:
    base = values[0]
    cells = []
    for number, value in enumerate(values):
        if value is None or not math.isfinite(value):
            cells.append(Cell(MISSING))
        elif number and base is not None and math.isfinite(base):
            cells.append(Cell(_written(value, kind), *_delta(value - base, base, kind, better)))
        else:
            cells.append(Cell(_written(value, kind)))
    return Measure(label, cells)


def _delta(change: float, base: float, kind: str, better: int) -> tuple[str, str]:
    if change == 0:
        return "±0", ""
    sign = "+" if change > 0 else "−"
    tone = "" if not better else "good" if (change > 0) == (better > 0) else "bad"
    if kind in ("count", "seconds", "perplexity") and base:
        return f"{sign}{abs(100 * change / base):.1f} %", tone
    return f"{sign}{_written(abs(change), kind)}", tone


def _written(value: float, kind: str) -> str:
    if kind == "seconds":
        return format_seconds(value)
    if kind == "count":
        return format_count(value)
    return f"{value:.2f}" if kind == "perplexity" else f"{value:.4f}"


def _last(side: Side, name: str) -> float | None:
    """The newest finite value."""
    values: Any = floats(side.curves[name]["last"]) if name in side.curves else []
    finite = [float(value) for value in values if math.isfinite(value)]
    return finite[-1] if finite else None


def _median(side: Side, name: str) -> float | None:
    values: Any = floats(side.curves[name]["last"]) if name in side.curves else []
    finite = sorted(float(value) for value in values if math.isfinite(value))
    return finite[len(finite) // 2] if finite else None


def _perplexities(
    sides: Sequence[Side],
) -> list[tuple[str | Promise, list[float | None], str, int]]:
    """A row for each kind that these runs have: of two kinds neither is the better one."""
    own = [(side, perplexity_kind(side.job.spec)) for side in sides]
    rows: list[tuple[str | Promise, list[float | None], str, int]] = []
    for kind in dict.fromkeys(one for _side, one in own if one is not None):
        values = [_perplexity(side) if one == kind else None for side, one in own]
        label = _("Best %(kind)s") % {"kind": _(kind.title).lower()}
        rows.append((label, values, "perplexity", -1))
    return rows


def _perplexity(side: Side) -> float | None:
    return perplexity(side.row.best.value) if side.row.best else None


def _seconds(side: Side) -> float | None:
    times = [curve["time"] for curve in side.curves.values()]
    return max(t[-1] for t in times) - min(t[0] for t in times) if times else None


def _same_tokens(sides: Sequence[Side]) -> float:
    """Tokens that every run with any has seen."""
    seen = [value for side in sides if (value := _last(side, TOKENS))]
    return min(seen, default=0.0) if len(seen) > 1 else 0.0


def _at_tokens(side: Side, name: str, tokens: float) -> float | None:
    """The value at the last point at or before so many tokens."""
    if name not in side.curves or TOKENS not in side.curves:
        return None
    curve = side.curves[name]
    places = tokens_at(floats(curve["x"]), side.curves)
    before = [
        float(value)
        for place, value in zip(places, floats(curve["last"]), strict=True)
        if place <= tokens * (1 + 1e-9) and math.isfinite(value)
    ]
    return before[-1] if before else None
