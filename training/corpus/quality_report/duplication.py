"""How much of a source is in itself and in every other one, by copies and by near duplicates."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from training.corpus.quality_report.sampling import Mask
from training.corpus.signals.batch import Int64
from training.corpus.signals.table import Groups


class Overlap(TypedDict):
    """Documents of each source; ``shared[a][b]`` of source a have a twin in source b.

    On the diagonal the twin is another document of the same source. ``spare`` are the documents of
    each source beyond the first one of a group within it, ``spare_in_whole`` beyond the first of
    the whole corpus.
    """

    documents: list[int]
    shared: list[list[int]]
    spare: list[int]
    spare_in_whole: int


def overlap_of(groups: Groups, sources: Int64, num_sources: int, only: Mask) -> Overlap:
    """Counted among the documents of the mask ``only`` [documents]; exact, no sample."""
    is_in = only[groups.members]
    members, numbers = groups.members[is_in], groups.numbers[is_in]
    _, numbers = np.unique(numbers, return_inverse=True)
    of_source = sources[members]
    # Documents of each (group, source) that occurs: few, however many sources there are.
    keys, key, counts = np.unique(
        numbers * num_sources + of_source, return_inverse=True, return_counts=True
    )
    shared = np.zeros((num_sources, num_sources), dtype=np.int64)
    group_of, source_of = np.divmod(keys, num_sources)
    for other in range(num_sources):
        has_other = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=bool)
        has_other[group_of[source_of == other]] = True
        has_twin = has_other[numbers]
        is_own = of_source == other
        has_twin[is_own] = counts[key[is_own]] > 1
        shared[:, other] = np.bincount(of_source[has_twin], minlength=num_sources)
    spare = np.bincount(source_of, weights=counts - 1, minlength=num_sources)
    return {
        "documents": np.bincount(sources[only], minlength=num_sources).tolist(),
        "shared": shared.tolist(),
        "spare": spare.astype(np.int64).tolist(),
        "spare_in_whole": len(numbers) - int(numbers.max(initial=-1) + 1),
    }


def share(part: int, whole: int) -> float | None:
    """part / whole; None of nothing."""
    return part / whole if whole else None
