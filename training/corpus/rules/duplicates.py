"""Keeps one of several documents with the same normalised text, chosen among the survivors.

The choice is a total order (rank of the source, more bytes, smaller id), so it is the same for
any number of workers and shards. Deciding among survivors matters: a copy that another rule drops
must not take its twin with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.specs.rules import ExactDuplicatesRule


class ExactDuplicates:
    """Keeps the first copy in the stated order."""

    signal = "text_hash"

    def __init__(self, options: ExactDuplicatesRule) -> None:
        self.options = options
        self._winners: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """All surviving copies but the kept one."""
        # Only these can be copies of each other, and they are known once for all thresholds.
        alive = table.repeated_texts[survivors[table.repeated_texts]]
        order = alive[self._sorted(table, alive)]
        hashes = table.text_hashes[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (hashes[1:] != hashes[:-1]).any(axis=1)
        dropped = np.zeros(len(table), dtype=bool)
        dropped[order[~is_first]] = True
        self._winners = np.full(len(table), -1, dtype=np.int64)
        if len(order):
            self._winners[order] = order[is_first][np.cumsum(is_first) - 1]
        return dropped

    def reason(self, table: SignalTable, index: int) -> str:
        """ "the same text as <doc_id>, which is kept"."""
        return f"the same text as {table.doc_id(int(self._winners[index]))}, which is kept"

    def thresholds(self) -> dict[str, Any]:
        """The order of sources."""
        return {"source_order": list(self.options.source_order)}

    def places(self, text: str) -> Places:
        """It is the whole text."""
        return []

    def _sorted(self, table: SignalTable, alive: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Equal texts side by side, the kept copy first."""
        ids, hashes = table.ids[alive], table.text_hashes[alive]
        ranks = self._source_ranks(table)[table.sources[alive]]
        sizes = table.values["num_bytes"][alive]
        # lexsort sorts by its last key first.
        return np.lexsort((ids[:, 1], ids[:, 0], -sizes, ranks, hashes[:, 1], hashes[:, 0]))

    def _source_ranks(self, table: SignalTable) -> npt.NDArray[np.int64]:
        """Rank of each source index: named ones first, the others by name."""
        named = {name: rank for rank, name in enumerate(self.options.source_order)}
        others = sorted(set(table.source_names) - set(named))
        ranks = named | {name: len(named) + rank for rank, name in enumerate(others)}
        return np.array([ranks[name] for name in table.source_names], dtype=np.int64)
