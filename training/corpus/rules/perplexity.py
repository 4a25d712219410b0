"""Keeps documents by their perplexity under a model: up to a value, or by thirds as CCNet does.

Split points are percentiles of all documents at hand that have a word (Wenzek 2020 took those of
one crawl per language): head is below the first, middle below the second, tail the rest. A document
without a word has no perplexity and is not dropped here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.ngram_lm.column import column_name
from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.score_rules import KeepPerplexity, PerplexityRule

#: The parts that each choice keeps, as (head, middle, tail).
_KEPT = {
    KeepPerplexity.HEAD: (True, False, False),
    KeepPerplexity.HEAD_AND_MIDDLE: (True, True, False),
    KeepPerplexity.MIDDLE: (False, True, False),
    KeepPerplexity.TAIL: (False, False, True),
}
_PARTS = ("head", "middle", "tail")


class Perplexity:
    """Instant once the column is there; another model re-runs."""

    def __init__(self, options: PerplexityRule) -> None:
        self.options = options
        self.signal = column_name(options.model)
        self._splits: tuple[float, float] | None = None

    def is_ready(self, table: SignalTable) -> bool:
        """Whether the documents were scored with this model."""
        return self.signal in table.values

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents above the value, or in a part that is not kept."""
        values = table.values[self.signal]
        if self.options.keep == KeepPerplexity.AT_MOST:
            above: Mask = values > np.float32(self.options.at_most)
            return above
        parts = np.searchsorted(self._split_points(table), values, side="right")
        dropped: Mask = ~np.array(_KEPT[self.options.keep])[parts] & (values > 0)
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "perplexity 812.4, in the tail (703.1 and more)"."""
        value = float(table.values[self.signal][index])
        if self.options.keep == KeepPerplexity.AT_MOST:
            return f"perplexity {value:,.1f}, more than {self.options.at_most:,.1f}"
        low, high = self._split_points(table)
        part = int(np.searchsorted((low, high), value, side="right"))
        spans = (f"below {low:,.1f}", f"{low:,.1f} to {high:,.1f}", f"{high:,.1f} and more")
        return f"perplexity {value:,.1f}, in the {_PARTS[part]} ({spans[part]})"

    def thresholds(self) -> dict[str, Any]:
        """The value; or the percentiles, and the perplexities at which they split this corpus."""
        if self.options.keep == KeepPerplexity.AT_MOST:
            return {"at_most": self.options.at_most}
        told: dict[str, Any] = {
            "keep": self.options.keep.value,
            "percentiles": [self.options.head_percentile, self.options.middle_percentile],
        }
        if self._splits is not None:
            told |= {"head_below": self._splits[0], "tail_from": self._splits[1]}
        return told

    def places(self, text: str) -> Places:
        """It is the whole text."""
        return []

    def _split_points(self, table: SignalTable) -> tuple[float, float]:
        if self._splits is None:
            values = np.asarray(table.values[self.signal])
            values = values[values > 0]
            self._splits = (
                _percentile(values, self.options.head_percentile),
                _percentile(values, self.options.middle_percentile),
            )
        return self._splits


def _percentile(values: np.ndarray[Any, Any], percent: float) -> float:
    """The value that ``percent`` of the values stand before, in order of size."""
    if not len(values):
        return 0.0
    place = min(len(values) - 1, int(len(values) * percent / 100))
    return float(np.partition(values, place)[place])
