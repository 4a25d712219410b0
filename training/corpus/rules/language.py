"""Keeps the languages that are wanted, where the model is sure enough of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.language.identify import NAMES
from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.content_rules import LanguageRule


class Language:
    """Another language, or one that is hardly more likely than others."""

    signal = "language_score"

    def __init__(self, options: LanguageRule) -> None:
        self.languages = list(options.languages)
        self.at_least = options.at_least

    def is_ready(self, table: SignalTable) -> bool:
        """Whether languages were told apart."""
        return self.signal in table.values and table.languages is not None

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Every other language, and scores that are too low."""
        assert table.languages is not None
        wanted = [code for code, name in enumerate(NAMES) if name in self.languages]
        is_other: Mask = ~np.isin(table.languages, wanted)
        return is_other | (table.values[self.signal] < self.at_least)

    def reason(self, table: SignalTable, index: int) -> str:
        """ "the language is fr (0.98), not en"."""
        name, score = table.language(index), float(table.values[self.signal][index])
        if not name:
            return "no language: there are no letters"
        if name not in self.languages:
            return f"the language is {name} ({score:.2f}), not {' or '.join(self.languages)}"
        digits = 2 if f"{score:.2f}" != f"{self.at_least:.2f}" else 4
        return f"{name} with a score of {score:.{digits}f}, less than {self.at_least:.{digits}f}"

    def thresholds(self) -> dict[str, Any]:
        """Languages and least score."""
        return {"languages": self.languages, "at_least": self.at_least}

    def places(self, text: str) -> Places:
        """It is the whole text."""
        return []
