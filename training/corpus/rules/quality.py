"""Keeps documents by the score that a classifier of quality gives them, as FineWeb-Edu does."""

from __future__ import annotations

from training.corpus.classifiers.columns import Purpose, column_name
from training.corpus.rules.threshold import Threshold
from training.corpus.signals.table import SignalTable
from training.specs.classifier_rules import QualityRule


class Quality(Threshold):
    """A lower score than asked for; a document that was not scored stays."""

    style = "mean"

    def __init__(self, options: QualityRule) -> None:
        super().__init__(options)
        self.signal = column_name(Purpose.QUALITY, options.classifier)

    def reason(self, table: SignalTable, index: int) -> str:
        """ "quality 1.43, less than 2"."""
        value, limit = float(table.values[self.signal][index]), self.at_least or 0.0
        shown = f"{value:.2f}" if f"{value:.2f}" != f"{limit:.2f}" else f"{value:.4f}"
        return f"quality {shown}, less than {limit:g}"
