"""Drops documents with too few or too many words (Gopher: 50 to 100,000)."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.clean import WordCountRule


class WordCount:
    """Keeps ``at_least`` <= words <= ``at_most``."""

    signal = "word_count"

    def __init__(self, options: WordCountRule) -> None:
        self.options = options

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents outside the range."""
        words = table.values[self.signal]
        dropped: Mask = np.logical_or(words < self.options.at_least, words > self.options.at_most)
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "12 words, fewer than 50"."""
        words = int(table.values[self.signal][index])
        noun = "word" if words == 1 else "words"
        if words < self.options.at_least:
            return f"{words:,} {noun}, fewer than {self.options.at_least:,}"
        return f"{words:,} {noun}, more than {self.options.at_most:,}"

    def thresholds(self) -> dict[str, Any]:
        """Both ends of the range."""
        return {"at_least": self.options.at_least, "at_most": self.options.at_most}
