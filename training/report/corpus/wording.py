"""How the numbers of a corpus report are written: estimates with errors, changes, shades."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Data = dict[str, Any]
NOTHING = "–"
#: The whole corpus, in tables of sources.
WHOLE_NAME = "Whole corpus"
_SHADES = 5


def share(value: float | None) -> str:
    """A percentage of three digits."""
    return NOTHING if value is None else f"{_digits(100 * value)} %"


def number(value: float | None) -> str:
    """A number of three digits or more."""
    return NOTHING if value is None else _digits(value)


def whole_number(value: float | None) -> str:
    """With separators."""
    return NOTHING if value is None else f"{value:,.0f}"


def estimate(population: Data, name: str, *, is_share: bool) -> str:
    """A measure as ``12.3 % ± 0.4``; what no sampled document has is "0 in so many"."""
    told = population["measures"][name]
    value, error = told["value"], told["error"]
    if value is None:
        return NOTHING
    if value == 0:
        is_sample = population["num_sampled"] < population["num_documents"]
        return f"0 in {population['num_sampled']:,}" if is_sample else "0"
    text = share(value) if is_share else number(value)
    if not error:
        return text
    return f"{text} ± {_digits((100 if is_share else 1) * error)}"


def change(before: float | None, after: float | None, *, is_share: bool) -> str:
    """The difference, of shares in points."""
    if before is None or after is None:
        return NOTHING
    step = (after - before) * (100 if is_share else 1)
    if abs(step) < 0.0005:
        return "0"
    sign = "+" if step > 0 else "−"
    return f"{sign}{_digits(abs(step))}{' points' if is_share else ''}"


def arrow(before: str, after: str) -> str:
    """``before → after``, or one of them when both are the same."""
    return before if before == after else f"{before} → {after}"


def shades(
    rows: Sequence[Sequence[float | None]], *, top: float | None = None
) -> list[tuple[int, ...]]:
    """0 to 5 by the share of the greatest value, or of ``top``; what is not nothing is shaded."""
    greatest = top or max((value for row in rows for value in row if value), default=0)
    return [tuple(_shade(value, greatest) for value in row) for row in rows]


def both(populations: list[Data], render: Callable[[Data], str]) -> list[tuple[str, str]]:
    """(source, "before → after") of the whole and of every source."""
    return [
        (one["source"] or WHOLE_NAME, arrow(render(one["before"]), render(one["after"])))
        for one in populations
    ]


def _shade(value: float | None, greatest: float) -> int:
    if not value or not greatest:
        return 0
    return min(_SHADES, 1 + int((_SHADES - 1) * value / greatest + 0.5))


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 1_000:
        return f"{value:,.0f}"
    if size >= 100 or size == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.095 else f"{value:.2g}"
