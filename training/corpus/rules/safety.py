"""Two safeguards on one document: hits of a list for every 1,000 words, and a model's probability.

``any`` drops what either of them objects to (of those that there are), ``both`` what the two do.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.classifiers.columns import Purpose, column_name, list_file
from training.corpus.classifiers.keywords import KeywordModel
from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.classifier_rules import DropWhen, SafetyRule


class Safety:
    """Instant once the columns are there; another list or model re-runs."""

    def __init__(self, options: SafetyRule) -> None:
        self.options = options
        when = options.drops_when
        #: Without either of the two that are wanted the rule waits for both.
        is_any = when == DropWhen.ANY and bool(options.classifier or options.keywords)
        self.uses_model = when != DropWhen.LIST and not (is_any and not options.classifier)
        self.uses_list = when != DropWhen.MODEL and not (is_any and not options.keywords)
        self._model = column_name(Purpose.SAFETY, options.classifier)
        self._list = column_name(Purpose.KEYWORDS, options.keywords)
        self.signal = self._model if self.uses_model else self._list

    def is_ready(self, table: SignalTable) -> bool:
        """Whether the documents were scored by what is wanted."""
        return (not self.uses_model or self._model in table.values) and (
            not self.uses_list or self._list in table.values
        )

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents that the safeguards object to; one that was not scored is not dropped."""
        objections = []
        if self.uses_model:
            objections.append(table.values[self._model] > np.float32(self.options.at_most))
        if self.uses_list:
            objections.append(table.values[self._list] > np.float32(self.options.hits_at_most))
        both = self.options.drops_when == DropWhen.BOTH
        dropped: Mask = (
            np.logical_and.reduce(objections) if both else np.logical_or.reduce(objections)
        )
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "the list has 12.50 hits per 1,000 words, more than 1; the model says 0.93, ..."."""
        told = []
        if self.uses_list:
            rate = float(table.values[self._list][index])
            if rate > self.options.hits_at_most:
                limit = self.options.hits_at_most
                told.append(f"{rate:,.2f} hits of the list per 1,000 words, more than {limit:g}")
        if self.uses_model:
            chance = float(table.values[self._model][index])
            if chance > self.options.at_most:
                limit = self.options.at_most
                digits = 2 if f"{chance:.2f}" != f"{limit:.2f}" else 4
                told.append(
                    f"unsafe to the model with a probability of {chance:.{digits}f}, more than "
                    f"{limit:g}"
                )
        return "; ".join(told) or "not scored"

    def thresholds(self) -> dict[str, Any]:
        """How the safeguards are combined, and the limit of each that is used."""
        told: dict[str, Any] = {"drops_when": self.options.drops_when.value}
        if self.uses_model:
            told["at_most"] = self.options.at_most
        if self.uses_list:
            told["hits_at_most"] = self.options.hits_at_most
        return told

    def places(self, text: str) -> Places:
        """The text alone does not tell: see `places_by`."""
        return []

    def places_by(self, table: SignalTable, index: int, text: str) -> Places:
        """The hits of the list; the model looks at the whole text."""
        file = table.folder / list_file(self.options.keywords)
        if not self.options.keywords or not file.exists():
            return []
        return _list_in(file).places(text, language=table.language(index))


@functools.lru_cache(maxsize=8)
def _list_in(file: Path) -> KeywordModel:
    return KeywordModel.open(file.parent, file.name)
