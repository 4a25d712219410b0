"""The words of a batch and where they stand; pieces of long documents; terms of topics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.corpus.quality_report.characters import role_table
from training.corpus.signals.batch import Int64, TextBatch
from training.corpus.signals.characters import class_table, lower_table

UInt64 = npt.NDArray[np.uint64]

#: Letters of a word that may be a term of a topic, of one whose spelling is looked at.
TERM_LETTERS, SPELLED_LETTERS, MOST_SPELLED_LETTERS = 3, 6, 24
_PAIR = np.uint64(0xC4CEB9FE1A85EC53)


@dataclass(frozen=True)
class WordPlaces:
    """[words] arrays in the order of the text; ``bounds`` [texts + 1] delimit texts.

    ``starts`` and ``stops`` are bytes of the batch, ``flags`` as `kernels` has them.
    """

    hashes: UInt64
    sizes: npt.NDArray[np.int32]
    starts: Int64
    stops: Int64
    flags: npt.NDArray[np.uint8]
    bounds: Int64

    @classmethod
    def of(cls, batch: TextBatch) -> WordPlaces:
        """Find and hash the words of every text."""
        from training.corpus.quality_report import kernels

        room = int(batch.offsets[-1] - batch.offsets[0]) // 2 + len(batch) + 1
        hashes, sizes = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.int32)
        starts, stops = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        flags = np.empty(room, dtype=np.uint8)
        bounds = kernels.word_places(
            batch.data, batch.offsets, class_table(), lower_table(), role_table(),
            hashes, sizes, starts, stops, flags,
        )  # fmt: skip
        n = int(bounds[-1])
        return cls(hashes[:n], sizes[:n], starts[:n], stops[:n], flags[:n], bounds)

    def is_spelled(self) -> npt.NDArray[np.bool_]:
        """[words] whether a word is one whose spelling is looked at: letters alone, six or more."""
        from training.corpus.quality_report.kernels import LETTERS

        is_long = (self.sizes >= SPELLED_LETTERS) & (self.sizes <= MOST_SPELLED_LETTERS)
        is_long &= self.flags == LETTERS
        return is_long

    def terms(self) -> Terms:
        """Words of three letters or more, and neighbours of scripts without spaces as pairs."""
        from training.corpus.quality_report.kernels import ALONE, LETTERS

        is_word = (self.flags == LETTERS) & (self.sizes >= TERM_LETTERS)
        is_pair = np.zeros(len(self.hashes), dtype=bool)
        is_alone = self.flags == ALONE
        is_pair[1:] = is_alone[1:] & is_alone[:-1] & (self.starts[1:] == self.stops[:-1])
        is_pair[self.bounds[:-1][self.bounds[:-1] < len(is_pair)]] = False
        before = np.maximum(np.arange(len(self.hashes)) - 1, 0)
        hashes = np.where(is_pair, self.hashes[before] * _PAIR ^ self.hashes, self.hashes)
        starts = np.where(is_pair, self.starts[before], self.starts)
        is_term = is_word | is_pair
        counts = np.concatenate([[0], np.cumsum(is_term)])
        return Terms(hashes[is_term], starts[is_term], self.stops[is_term], counts[self.bounds])


@dataclass(frozen=True)
class Terms:
    """[terms] hashes and bytes of the batch; ``bounds`` [texts + 1] delimit texts."""

    hashes: UInt64
    starts: Int64
    stops: Int64
    bounds: Int64


def beginnings(texts: pa.LargeStringArray, most_bytes: int) -> TextBatch:
    """The texts; of one that is longer, its first ``most_bytes`` without half a character."""
    sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    if not (sizes > most_bytes).any():
        return TextBatch(texts)
    cut = [
        text.as_py() if size <= most_bytes else _beginning(text, most_bytes)
        for text, size in zip(texts, sizes.tolist(), strict=True)
    ]
    return TextBatch.of(cut)


def _beginning(text: pa.LargeStringScalar, most_bytes: int) -> str:
    return bytes(memoryview(text.as_buffer())[:most_bytes]).decode(errors="ignore")
