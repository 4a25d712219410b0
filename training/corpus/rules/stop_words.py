"""Drops documents in which function words are too small a share of all words."""

from __future__ import annotations

from typing import Any

from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.clean import StopWordsRule


class StopWords:
    """Keeps share >= ``at_least``."""

    signal = "stop_word_share"

    def __init__(self, options: StopWordsRule) -> None:
        self.options = options

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents below the share."""
        dropped: Mask = table.values[self.signal] < self.options.at_least
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "4.0 % function words, fewer than 15.0 %"."""
        share = float(table.values[self.signal][index])
        return f"{share:.1%} function words, fewer than {self.options.at_least:.1%}"

    def thresholds(self) -> dict[str, Any]:
        """The least share."""
        return {"at_least": self.options.at_least}
