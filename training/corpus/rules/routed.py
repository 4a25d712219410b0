"""One rule with other thresholds for some languages: each document is judged by those of its own.

Chinese prose breaks every cut that was made for English, and the other way round, so in a mixed
corpus a document is routed by the language that was identified. Languages that have no route are
judged by the rules of the corpus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.corpus.language.identify import NAMES
from training.corpus.places import Places
from training.corpus.rules.rule import Mask, Rule
from training.corpus.signals.table import SignalTable

#: A choice between documents, or about languages or people: the same for all of them.
NEVER_ROUTED = frozenset(
    {
        "language",
        "personal_data",
        "perplexity",
        "quality",
        "safety",
        "contamination",
        "exact_duplicates",
        "near_duplicates",
    }
)


@dataclass(frozen=True)
class Way:
    """A rule with the thresholds of one language."""

    rule: Rule
    is_on: bool


class Routed:
    """``rest`` judges the documents whose language is not among ``ways``."""

    def __init__(self, rest: Way, ways: Mapping[str, Way]) -> None:
        self.rest, self.ways = rest, ways
        self.signal = rest.rule.signal

    @property
    def is_on(self) -> bool:
        """Whether it can drop anything."""
        return any(way.is_on for way in (self.rest, *self.ways.values()))

    def is_ready(self, table: SignalTable) -> bool:
        """Whether the signal and the languages are there."""
        return table.languages is not None and self.rest.rule.is_ready(table)

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """What the rule of each document's language drops."""
        assert table.languages is not None
        dropped: Mask = self._dropped(self.rest, table, survivors)
        for language, way in self.ways.items():
            here = np.asarray(table.languages) == NAMES.index(language)
            dropped[here] = self._dropped(way, table, survivors)[here]
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """That of the document's language, which it names."""
        language = table.language(index)
        way = self.ways.get(language)
        if way is None:
            return self.rest.rule.reason(table, index)
        return f"{way.rule.reason(table, index)} (for {language})"

    def thresholds(self) -> dict[str, Any]:
        """Those of the rest, and below each language's code its own; None where it is off there."""
        own = {
            code: way.rule.thresholds() if way.is_on else None for code, way in self.ways.items()
        }
        return {**self.rest.rule.thresholds(), "languages": own}

    def places(self, text: str) -> Places:
        """By the thresholds of the rest: the language of a bare text is not known here."""
        return self.rest.rule.places(text)

    @staticmethod
    def _dropped(way: Way, table: SignalTable, survivors: Mask) -> Mask:
        if not way.is_on:
            return np.zeros(len(table), dtype=bool)
        return np.array(way.rule.drops(table, survivors))
