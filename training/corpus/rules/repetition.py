"""Drops documents that repeat their own lines or phrases (Gopher A1: 0.30 and, for 5-grams, 0.15).

What is counted stands in ``training.corpus.signals.repetition``.
"""

from __future__ import annotations

from typing import Any

from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.clean import DuplicateLinesRule, Repeated5gramsRule


class DuplicateLines:
    """Keeps fraction <= ``at_most``."""

    signal = "duplicate_line_fraction"
    noun = "of the lines repeat an earlier one"

    def __init__(self, options: DuplicateLinesRule | Repeated5gramsRule) -> None:
        self.at_most = options.at_most

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents above the fraction."""
        dropped: Mask = table.values[self.signal] > self.at_most
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "42.0 % of the lines repeat an earlier one, more than 30.0 %"."""
        value = float(table.values[self.signal][index])
        return f"{value:.1%} {self.noun}, more than {self.at_most:.1%}"

    def thresholds(self) -> dict[str, Any]:
        """The largest fraction."""
        return {"at_most": self.at_most}


class Repeated5grams(DuplicateLines):
    """The same for the share of text in repeated runs of five words."""

    signal = "repeated_5gram_share"
    noun = "of the text is in repeated runs of five words"
