"""Random numbers that belong to a place in the order of a run: what is masked, cut or shuffled.

They come from raw 64-bit draws of Philox (Salmon 2011) with a key of (seed, purpose, place), as the
order itself does (``training.tokens.order``), and from nothing that was drawn before. So a resumed
run draws what the unbroken one did, however many processes share the rows. No torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Of validation: the same in every run, so that runs of other seeds are measured alike.
_FIXED_SEED = 0x5EED


class Purpose(IntEnum):
    """What is drawn; each has a stream of its own. Numbers never change: runs depend on them."""

    TARGETS = 1
    REPLACEMENTS = 2
    SPANS = 3
    PREFIXES = 4
    SHUFFLES = 5
    PAIRS = 6
    GENERATOR = 7


@dataclass(frozen=True)
class Draws:
    """Of the B rows of a micro-batch: the place of each in the run's order, and in which epoch."""

    seed: int
    places: Int64
    epochs: Int64

    @classmethod
    def of_places(cls, seed: int, places: Int64, num_rows: int) -> Self:
        """Of places in an order over ``num_rows`` rows; with weights an epoch is as many rows."""
        return cls(seed, places, places // num_rows)

    @classmethod
    def fixed(cls, row_ids: npt.NDArray[np.integer]) -> Self:
        """Of rows that are drawn for alike whenever they are read: validation."""
        places = row_ids.astype(np.int64)
        return cls(_FIXED_SEED, places, np.zeros_like(places))

    def of_versions(self, row_ids: npt.NDArray[np.integer], num_versions: int) -> Self:
        """One of ``num_versions`` fixed ones for each row, the next one in each epoch."""
        versions = self.epochs % num_versions
        return replace(self, places=row_ids.astype(np.int64) * num_versions + versions)

    def uniform(self, purpose: Purpose, count: int) -> Floats:
        """[B, count] numbers from 0 to below 1."""
        drawn = np.empty((len(self.places), count), dtype=np.uint64)
        first = ((self.seed << 8) | purpose) % (1 << 64)
        for row, place in enumerate(self.places.tolist()):
            key = np.array([first, place], dtype=np.uint64)
            drawn[row] = np.random.Philox(key=key).random_raw(count)
        # 53 bits, as many as a double holds exactly: never rounded up to 1.
        numbers: Floats = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return numbers
