"""Documents with too much personal data, or with any of a kind of which there may be none."""

from __future__ import annotations

from training.corpus.pii.find import find
from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.rules.threshold import Threshold
from training.corpus.signals.table import SignalTable
from training.registry import PII_KINDS
from training.specs.content_rules import PersonalDataRule


class PersonalData(Threshold):
    """More per 1,000 words than allowed, or one of a kind that is never allowed."""

    signal, style = "pii_per_1000_words", "mean"
    noun = "pieces of personal data per 1,000 words"

    def __init__(self, options: PersonalDataRule) -> None:
        super().__init__(options)
        self.never = list(options.never)

    def is_ready(self, table: SignalTable) -> bool:
        """Whether it was counted, every kind by itself."""
        return super().is_ready(table) and all(_column(kind) in table.values for kind in self.never)

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Too many of all, or any of some."""
        dropped = super().drops(table, survivors)
        for kind in self.never:
            dropped = dropped | (table.values[_column(kind)] > 0)
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """Names the kind that is never allowed, else the rate."""
        for kind in self.never:
            if count := int(table.values[_column(kind)][index]):
                return f"{PII_KINDS[kind].title}: {count:,}, none is allowed"
        return super().reason(table, index)

    def thresholds(self) -> dict[str, object]:
        """The rate, and the kinds that are never allowed."""
        return {**super().thresholds(), **({"never": self.never} if self.never else {})}

    def places(self, text: str) -> Places:
        """Every value."""
        return [(finding.start, finding.stop) for finding in find(text)]


def _column(kind: str) -> str:
    return f"{kind}_count"
