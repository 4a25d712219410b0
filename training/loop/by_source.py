"""Validation loss by source, added up in the pass that validates anyway.

A target belongs to the source of the document that its place in the row belongs to. Objectives
whose loss is more than the sum of what their targets say (pairs of sentences, detection) are not
divided: parts that do not add up to the whole would mislead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.objectives.cross_entropy import TargetLosses
from training.tokens.batches import Gathered
from training.tokens.store import TokenStore

#: More would be too many curves; the others, with the fewest documents, are one.
MAX_SOURCES = 12
OTHERS = "others"
#: Parts may differ from the whole by rounding alone.
_TOLERANCE = 1e-3

Sums = npt.NDArray[np.float64]


class SourceTally:
    """Sums of losses and targets by source; ``sums`` [sources, 2] of this process."""

    def __init__(self, names: Sequence[str], slots: npt.NDArray[np.int64]) -> None:
        self.names = [*names]
        #: [sources of the store]: which of ``names`` each counts for.
        self._slots = slots
        self.sums: Sums = np.zeros((len(names), 2))
        #: Whether the parts have added up to the whole so far.
        self.adds_up = True

    @classmethod
    def of(cls, store: TokenStore, split: str) -> SourceTally | None:
        """For a split with two sources or more; None where there is nothing to divide."""
        first, last = store.documents(split)
        counts = np.bincount(store.source_ids[first:last], minlength=len(store.info.sources))
        found = np.flatnonzero(counts)
        if len(found) < 2:
            return None
        ordered = found[np.argsort(-counts[found], kind="stable")]
        own = ordered[:MAX_SOURCES] if len(ordered) <= MAX_SOURCES else ordered[: MAX_SOURCES - 1]
        names = [store.info.sources[index] for index in own]
        if len(own) < len(ordered):
            names.append(OTHERS)
        slots = np.full(len(store.info.sources), len(names) - 1, dtype=np.int64)
        slots[own] = np.arange(len(own))
        return cls(names, slots)

    def clear(self) -> None:
        """Begin anew."""
        self.sums[:] = 0.0
        self.adds_up = True

    def add(self, gathered: Gathered, heard: Sequence[TargetLosses], whole: float) -> None:
        """One batch: what its targets said, and the sum of the objective's loss."""
        documents = gathered.documents[:, :-1].ravel()
        fits = len(heard) == 1 and len(heard[0].labels) == len(documents)
        losses = heard[0].losses.double().cpu().numpy() if fits else np.zeros(0)
        if not fits or not math.isclose(
            float(losses.sum()), whole, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE
        ):
            self.adds_up = self.adds_up and not math.isfinite(whole)
            return
        is_target = (heard[0].labels >= 0).cpu().numpy() & (documents >= 0)
        slots = self._slots[gathered.rows.store.source_ids[documents[is_target]]]
        size = len(self.names)
        self.sums[:, 0] += np.bincount(slots, losses[is_target], minlength=size)
        self.sums[:, 1] += np.bincount(slots, minlength=size)

    def losses(self, sums: Sums) -> dict[str, float]:
        """{source: mean loss in nats per target} of summed sums; sources without a target left."""
        return {
            name: float(total) / float(count)
            for name, (total, count) in zip(self.names, sums, strict=True)
            if count
        }
