"""Which documents are read: of every source, before and after cleaning, a random sample of its own.

A document's lot is a hash of its id and the seed, and a sample is the documents with the smallest
lots. So samples do not depend on shards or workers, the sample after cleaning shares most of its
documents with the one before, and a larger sample holds the smaller one. A sample ends with the
document that reaches its share of the text that may be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.signals.table import SignalTable

Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

WHOLE = -1
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)
_GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Grouping:
    """Sources as the report tells them: the largest by name, the others as one."""

    names: tuple[str, ...]
    #: [documents] place in ``names``.
    groups: Int64
    #: How many sources are in the last one, when it stands for several.
    num_pooled: int

    @classmethod
    def of(cls, table: SignalTable, most: int) -> Grouping:
        """The ``most`` sources with the most documents; of equals the first in order of name."""
        counts = np.bincount(table.sources, minlength=len(table.source_names))
        present = [int(place) for place in np.flatnonzero(counts)]
        ranked = sorted(present, key=lambda place: (-counts[place], place))
        shown = ranked if len(ranked) <= most else ranked[: max(1, most - 1)]
        numbers = np.full(max(1, len(counts)), len(shown), dtype=np.int64)
        numbers[shown] = np.arange(len(shown))
        pooled = len(ranked) - len(shown)
        names = [table.source_names[place] for place in shown]
        others = [f"{pooled:,} other sources"] if pooled else []
        return cls((*names, *others), numbers[table.sources], pooled)


@dataclass(frozen=True)
class Population:
    """The documents that a column of the report is about, and those of them that are read.

    ``group`` is `WHOLE` or a place in `Grouping.names`; ``sample`` [n] are places in the corpus in
    the order of their lots.
    """

    group: int
    is_after: bool
    num_documents: int
    sample: Int64


@dataclass(frozen=True)
class Limits:
    """How much is read: documents of each population, of each document its beginning, in all."""

    documents: int
    document_bytes: int
    sample_bytes: int
    seed: int = 0


def lots(table: SignalTable, seed: int) -> npt.NDArray[np.uint64]:
    """[documents] numbers by which they are drawn."""
    start = np.uint64((seed + 1) * _GOLDEN % 2**64)
    value = np.asarray(table.ids[:, 0]) ^ _mixed(np.asarray(table.ids[:, 1]) + start)
    return _mixed(value)


def populations(
    table: SignalTable, is_kept: Mask, grouping: Grouping, limits: Limits
) -> list[Population]:
    """The whole and every source, each before and after cleaning."""
    most_bytes = limits.sample_bytes // (2 * (1 + len(grouping.names)))
    sizes = np.minimum(table.values["num_bytes"], limits.document_bytes)
    order = np.argsort(lots(table, limits.seed), kind="stable")
    groups, kept = grouping.groups[order], is_kept[order]
    found = []
    for group in (WHOLE, *range(len(grouping.names))):
        is_of_group = np.ones(len(order), dtype=bool) if group == WHOLE else groups == group
        for is_after in (False, True):
            mask = is_of_group & kept if is_after else is_of_group
            places = order[mask]
            drawn = places[: limits.documents].astype(np.int64)
            fitting = int(np.searchsorted(np.cumsum(sizes[drawn]), most_bytes)) + 1
            found.append(Population(group, is_after, len(places), drawn[:fitting]))
    return found


def chosen(found: list[Population]) -> Int64:
    """Places of all documents that are read, ascending."""
    return np.unique(np.concatenate([one.sample for one in found]))


def _mixed(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """MurmurHash3's finisher."""
    value = (value ^ (value >> _SHIFT)) * _MIX_1
    value = (value ^ (value >> _SHIFT)) * _MIX_2
    return value ^ (value >> _SHIFT)
