"""A rule that keeps a range of one signal: ``at_least`` <= value <= ``at_most``, or one end of it.

A subclass names the signal and says how a value reads; that is all most rules are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.rule_parts import RulePart


class Threshold:
    """Made from options that have ``at_least``, ``at_most`` or both."""

    signal = ""
    #: What the value is of: "of the lines repeat an earlier one".
    noun = ""
    #: The noun after exactly one.
    one = ""
    #: How a value reads: "share" as per cent, "count" as a whole number, "mean" with two digits.
    style = "share"
    below, above = "fewer", "more"

    def __init__(self, options: RulePart) -> None:
        self.at_least: float | None = getattr(options, "at_least", None)
        self.at_most: float | None = getattr(options, "at_most", None)

    def is_ready(self, table: SignalTable) -> bool:
        """Whether the signal is there."""
        return self.signal in table.values

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents outside the range."""
        values = table.values[self.signal]
        dropped: Mask = np.zeros(len(table), dtype=bool)
        if self.at_least is not None:
            dropped |= values < self.at_least
        if self.at_most is not None:
            dropped |= values > self.at_most
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "12 words, fewer than 50"."""
        value = table.values[self.signal][index].item()
        is_below = self.at_least is not None and value < np.float32(self.at_least)
        limit = self.at_least if is_below else self.at_most
        assert limit is not None
        noun = self.one if self.one and value == 1 else self.noun
        shown, bound = self._format(value), self._format(limit)
        if shown == bound:
            shown, bound = self._format(value, 3), self._format(limit, 3)
        return f"{shown} {noun}, {self.below if is_below else self.above} than {bound}"

    def thresholds(self) -> dict[str, Any]:
        """The ends that there are."""
        ends = {"at_least": self.at_least, "at_most": self.at_most}
        return {name: value for name, value in ends.items() if value is not None}

    def places(self, text: str) -> Places:
        """Nothing, unless a subclass knows better."""
        return []

    def _format(self, value: float, digits: int = 1) -> str:
        if self.style == "share":
            return f"{value:.{digits}%}"
        return f"{value:,.0f}" if self.style == "count" else f"{value:,.{digits + 1}f}"
