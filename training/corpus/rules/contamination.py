"""Drops documents that hold items of evaluation sets, by runs of words and share of the item."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.contamination.column import FoundItem, column_name, counts, read_places
from training.corpus.places import Place, Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.contamination_rules import ContaminationRule


class Contamination:
    """Instant once the column is there; other sets, or another length of runs, re-run."""

    def __init__(self, options: ContaminationRule) -> None:
        self.options = options
        self.signal = column_name(options.contamination)

    def is_ready(self, table: SignalTable) -> bool:
        """Whether these documents were searched."""
        return self.signal in table.values

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """Documents that hold more runs of one item than allowed, and enough of it."""
        values = table.values[self.signal]
        dropped: Mask = np.asarray(values > self.options.at_most)
        if self.options.item_share > 0 and dropped.any():
            rows = read_places(table.folder, self.options.contamination).rows
            dropped = np.zeros(len(table), dtype=bool)
            dropped[rows["document"][counts(rows, self.options)]] = True
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "holds 3 runs of 13 words of the item 12 of HumanEval, 64 % of it"."""
        found = read_places(table.folder, self.options.contamination)
        rows = found.of(index)
        rows = rows[counts(rows, self.options)]
        best = rows[int(np.argmax(rows["num_ngrams"]))]
        told = _told(found.items[int(best["item"])], int(best["num_ngrams"]), best["item_share"])
        others = len(np.unique(rows["item"])) - 1
        more = f", and of {others:,} more {'item' if others == 1 else 'items'}" if others else ""
        return f"{told}{more}"

    def thresholds(self) -> dict[str, Any]:
        """Both conditions."""
        return {"at_most": self.options.at_most, "item_share": self.options.item_share}

    def places(self, text: str) -> Places:
        """The text alone does not tell: see `places_in`."""
        return []

    def places_in(self, table: SignalTable, index: int) -> Places:
        """Every run of words that the document shares with an item."""
        rows = read_places(table.folder, self.options.contamination).of(index)
        places: list[Place] = [(int(row["start"]), int(row["stop"])) for row in rows]
        return sorted(places)


def _told(item: FoundItem, num_ngrams: int, share: float) -> str:
    named = f"the item {item.item} of {item.set}"
    if item.is_whole:
        return f"holds all {item.num_words} words of {named}"
    runs = "run" if num_ngrams == 1 else "runs"
    return f"holds {num_ngrams:,} {runs} of {item.ngram_words} words of {named}, {share:.0%} of it"
