"""The grid of passkey recall as a table: a row per length, a column per depth, shaded by recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Shades of a cell, from none right to all.
_SHADES = 5


@dataclass(frozen=True)
class RecallCell:
    """One length and depth, in percent."""

    percent: float
    right: int
    numbers: int
    loss: float

    @property
    def shade(self) -> int:
        """0 to 4, for a class of the stylesheet."""
        return min(_SHADES - 1, int(self.percent / 100 * _SHADES))


@dataclass(frozen=True)
class RecallGrid:
    """``rows`` are (length in tokens, cells by depth)."""

    depths: list[float]
    rows: list[tuple[int, list[RecallCell | None]]]


def grid_of(cells: Sequence[dict[str, Any]]) -> RecallGrid | None:
    """None when nothing was measured."""
    if not cells:
        return None
    depths = sorted({float(cell["depth"]) for cell in cells})
    by_place = {(int(cell["length"]), float(cell["depth"])): _cell(cell) for cell in cells}
    lengths = sorted({length for length, _ in by_place})
    rows = [(length, [by_place.get((length, depth)) for depth in depths]) for length in lengths]
    return RecallGrid([100 * depth for depth in depths], rows)


def _cell(cell: dict[str, Any]) -> RecallCell:
    return RecallCell(
        100 * float(cell["accuracy"]), int(cell["right"]), int(cell["numbers"]), float(cell["loss"])
    )
