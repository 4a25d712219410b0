"""MinHash of documents: how a text becomes a signature, and a signature its band keys.

Broder 1997; banding as in Mining of Massive Datasets, chapter 3. The hashes are fixed for ever by
``SplitMix64`` of their number: equal settings give equal keys on every machine.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import TextBatch

UInt64 = npt.NDArray[np.uint64]
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Banding:
    """``bands`` x ``rows`` hashes over shingles of ``window`` words."""

    bands: int = 22
    rows: int = 5
    window: int = 5

    @property
    def num_hashes(self) -> int:
        """Permutations in all."""
        return self.bands * self.rows


def band_keys(batch: TextBatch, banding: Banding) -> tuple[UInt64, npt.NDArray[np.int64]]:
    """([bands, texts] keys, [texts] number of shingles with repetitions)."""
    from training.corpus.dedup import kernels

    signature = signatures(batch, banding)
    keys: UInt64 = kernels.band_keys(signature, banding.bands, banding.rows)
    counts: npt.NDArray[np.int64] = kernels.count_shingles(batch.words.offsets, banding.window)
    return keys, counts


def signatures(batch: TextBatch, banding: Banding) -> npt.NDArray[np.uint32]:
    """[texts, bands x rows]; two texts of Jaccard s agree in about that share of them."""
    from training.corpus.dedup import kernels

    masks, factors = permutations(banding.num_hashes)
    words = batch.words
    result: npt.NDArray[np.uint32] = kernels.signatures(
        words.hashes, words.offsets, banding.window, masks, factors
    )
    return result


def jaccard_to_first(texts: Sequence[str], window: int) -> list[float]:
    """Exact Jaccard of each text's shingles with those of the first; of the first itself 1."""
    from training.corpus.dedup import kernels

    words = TextBatch.of(texts).words
    found, offsets = kernels.shingle_sets(words.hashes, words.offsets, window)
    sizes = np.diff(offsets)
    return [
        float(kernels.jaccard(found, offsets[0], sizes[0], offsets[place], sizes[place]))
        for place in range(len(texts))
    ]


@functools.cache
def permutations(number: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Masks and odd factors of the first ``number`` hashes."""
    values = [_split_mix(place) for place in range(2 * number)]
    masks = np.array([value >> 32 for value in values[:number]], dtype=np.uint32)
    factors = np.array([(value >> 32) | 1 for value in values[number:]], dtype=np.uint32)
    return masks, factors


def _split_mix(number: int) -> int:
    """The ``number``-th value of SplitMix64 from 0 (Steele, Lea, Flood 2014)."""
    value = (number + 1) * 0x9E3779B97F4A7C15 & _MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
    return value ^ value >> 31
