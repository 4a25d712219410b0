"""Keeps one of several documents that say the same, chosen among the survivors.

The choice is a total order (rank of the source, more bytes, smaller id), so it is the same for
any number of workers and shards. Deciding among survivors matters: a copy that another rule drops
must not take its twin with it.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.dedup.column import column_name
from training.corpus.places import Places
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import Groups, SignalTable
from training.specs.duplicate_rules import KeptCopyRule, NearDuplicatesRule, NearSearchPart

Int64 = npt.NDArray[np.int64]


class KeptCopy(ABC):
    """Keeps the first of every group in the stated order."""

    signal = ""
    #: Words of a shingle where similarity has one; 0 where copies are equal.
    shingle_words = 0

    def __init__(self, options: KeptCopyRule) -> None:
        self.options = options
        self._alive: Int64 = np.empty(0, dtype=np.int64)
        self._is_first: Mask = np.empty(0, dtype=bool)
        self._num_documents = 0

    @abstractmethod
    def groups(self, table: SignalTable) -> Groups:
        """Who could be dropped for whom."""

    def is_ready(self, table: SignalTable) -> bool:
        """Texts are always hashed."""
        return True

    def drops(self, table: SignalTable, survivors: Mask) -> Mask:
        """All surviving members of a group but the kept one."""
        groups = self._in_order(table)
        is_alive = survivors[groups.members]
        alive, numbers = groups.members[is_alive], groups.numbers[is_alive]
        is_first = np.ones(len(alive), dtype=bool)
        is_first[1:] = numbers[1:] != numbers[:-1]
        dropped = np.zeros(len(table), dtype=bool)
        dropped[alive[~is_first]] = True
        self._alive, self._is_first, self._num_documents = alive, is_first, len(table)
        self.__dict__.pop("_winners", None)
        return dropped

    @functools.cached_property
    def _winners(self) -> Int64:
        """Who is kept of each document's group [N]; -1 where it was not alive. After `drops`."""
        winners = np.full(self._num_documents, -1, dtype=np.int64)
        if len(self._alive):
            winners[self._alive] = self._alive[self._is_first][np.cumsum(self._is_first) - 1]
        return winners

    def winner(self, index: int) -> int | None:
        """Who is kept of this document's group, after `drops`; None when it was not alive."""
        found = int(self._winners[index])
        return None if found < 0 else found

    def why_kept(self, table: SignalTable, index: int) -> str:
        """By what this one comes first among the living members of its group."""
        alive = np.flatnonzero(self._winners == index)
        others = alive[alive != index]
        if not len(others):
            return "the only copy that the other rules leave"
        ranks = self._source_ranks(table)[table.sources]
        if (ranks[others] > ranks[index]).all() and self.options.source_order:
            return f"its source {table.source_names[table.sources[index]]!r} comes first"
        rivals = others[ranks[others] == ranks[index]]
        sizes = table.values["num_bytes"]
        if not len(rivals):
            return "its source comes first by name"
        if (sizes[rivals] < sizes[index]).all():
            return "the longest copy"
        return "the smallest id among copies of equal length"

    def reason(self, table: SignalTable, index: int) -> str:
        """Whose place it would take, and which is kept."""
        return self._sentence(table.doc_id(int(self._winners[index])))

    @abstractmethod
    def _sentence(self, winner: str) -> str:
        """The reason of one that goes for ``winner``."""

    def thresholds(self) -> dict[str, Any]:
        """The order of sources."""
        return {"source_order": list(self.options.source_order)}

    def places(self, text: str) -> Places:
        """It is the whole text."""
        return []

    def _in_order(self, table: SignalTable) -> Groups:
        """Members of a group side by side, the best copy first; the same for all survivors."""

        def find() -> Groups:
            groups = self.groups(table)
            members = groups.members
            ids, sizes = table.ids[members], table.values["num_bytes"][members]
            ranks = self._source_ranks(table)[table.sources[members]]
            # lexsort sorts by its last key first.
            order = np.lexsort((ids[:, 1], ids[:, 0], -sizes, ranks, groups.numbers))
            return Groups(members[order], groups.numbers[order])

        return table.remembered(f"{self.signal} by {self.options.source_order}", find)

    def _source_ranks(self, table: SignalTable) -> Int64:
        """Rank of each source index: named ones first, the others by name."""
        named = {name: rank for rank, name in enumerate(self.options.source_order)}
        others = sorted(set(table.source_names) - set(named))
        ranks = named | {name: len(named) + rank for rank, name in enumerate(others)}
        return np.array([ranks[name] for name in table.source_names], dtype=np.int64)


class ExactDuplicates(KeptCopy):
    """Equal normalised text."""

    signal = "text_hash"

    def groups(self, table: SignalTable) -> Groups:
        """Documents of one text."""
        return table.equal_texts

    def _sentence(self, winner: str) -> str:
        return f"the same text as {winner}, which is kept"


class NearDuplicates(KeptCopy):
    """Clusters that were found with these settings; other settings need another search."""

    options: NearDuplicatesRule

    def __init__(self, options: NearDuplicatesRule) -> None:
        super().__init__(options)
        self.signal = column_name(options)
        self.shingle_words = options.shingle_words

    def groups(self, table: SignalTable) -> Groups:
        """The clusters of more than one."""
        return table.groups_of(self.signal)

    def is_ready(self, table: SignalTable) -> bool:
        """Whether these settings were searched with."""
        return self.signal in table.clusters

    def thresholds(self) -> dict[str, Any]:
        """What they were found with, and the order of sources."""
        search = self.options.model_dump(include=set(NearSearchPart.model_fields))
        return {**search, **super().thresholds()}

    def _sentence(self, winner: str) -> str:
        return f"nearly the same as {winner}, which is kept"
