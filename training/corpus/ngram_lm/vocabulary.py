"""Which words a model knows: counted by hash, the most frequent ones get an id and a spelling.

Ids 3, 4, 5 ... go to the words by falling frequency (equal ones by hash), so equal text gives equal
ids. Memory while counting: 16 bytes per distinct word, up to `MOST_DISTINCT`; beyond that, words
seen once so far are forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import TextBatch
from training.corpus.signals.characters import class_table, lower_table

UInt64 = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

#: Three ids of this many bits share one 64-bit key while n-grams are counted.
ID_BITS = 21
MOST_WORDS = 2_000_000
MOST_DISTINCT = 32_000_000
UNKNOWN_WORD, START_WORD, END_WORD = "<unk>", "<s>", "</s>"
#: Entries that every vocabulary begins with, in the order of their ids.
MARKS = (UNKNOWN_WORD, START_WORD, END_WORD)
#: A word has no bound; one of more characters than this is no word of any language.
MOST_CHARACTERS = 200
_LEAST_SLOTS = 16


class WordCounter:
    """Counts words by hash; sorted arrays, merged when as many new ones wait as are known."""

    def __init__(self, most_distinct: int = MOST_DISTINCT) -> None:
        self.hashes: UInt64 = np.zeros(0, dtype=np.uint64)
        self.counts: Int64 = np.zeros(0, dtype=np.int64)
        self.num_words = 0
        self._most = most_distinct
        self._waiting: list[tuple[UInt64, Int64]] = []
        self._num_waiting = 0

    def add(self, batch: TextBatch) -> None:
        """Count the words of a batch; words of more than `MOST_CHARACTERS` stay unknown."""
        words = batch.words
        self.num_words += len(words.hashes)
        hashes, counts = np.unique(words.hashes[words.sizes <= MOST_CHARACTERS], return_counts=True)
        self._waiting.append((hashes, counts))
        self._num_waiting += len(hashes)
        if self._num_waiting > len(self.hashes) + 1_000_000:
            self._merge()

    def most_frequent(self, most: int, least_count: int = 1) -> UInt64:
        """Hashes of the most frequent words, the first one most often seen."""
        self._merge()
        order = np.lexsort((self.hashes, -self.counts))[:most]
        return self.hashes[order[self.counts[order] >= least_count]]

    def _merge(self) -> None:
        hashes = np.concatenate([self.hashes, *(one for one, _ in self._waiting)])
        counts = np.concatenate([self.counts, *(one for _, one in self._waiting)])
        self._waiting, self._num_waiting = [], 0
        if not len(hashes):
            return
        order = np.argsort(hashes, kind="stable")
        hashes, counts = hashes[order], counts[order]
        is_first = np.ones(len(hashes), dtype=bool)
        is_first[1:] = hashes[1:] != hashes[:-1]
        starts = np.flatnonzero(is_first)
        self.hashes, self.counts = hashes[starts], np.add.reduceat(counts, starts)
        if len(self.hashes) > self._most:
            is_seen_again = self.counts > 1
            self.hashes, self.counts = self.hashes[is_seen_again], self.counts[is_seen_again]


@dataclass(frozen=True)
class Vocabulary:
    """``table`` [slots, 2]: word hash and id, open addressing. ``num_words`` counts the marks."""

    table: UInt64
    num_words: int

    @classmethod
    def of(cls, hashes: UInt64, ids: Int64 | None = None, num_words: int | None = None) -> Self:
        """Ids follow the marks in the order of ``hashes``, unless they are given."""
        from training.corpus.ngram_lm import word_kernels

        if ids is None:
            ids = np.arange(len(MARKS), len(MARKS) + len(hashes), dtype=np.int64)
        table = np.zeros((max(_LEAST_SLOTS, 2 * len(hashes)), 2), dtype=np.uint64)
        word_kernels.fill_vocabulary(table, hashes, ids)
        return cls(table, num_words or len(hashes) + len(MARKS))

    def ids_of(self, batch: TextBatch) -> tuple[Int32, Int64, Int64]:
        """(ids with an end after each line, first byte of each or -1, ids per text as offsets)."""
        from training.corpus.ngram_lm import word_kernels

        room = int(batch.offsets[-1] - batch.offsets[0]) + 2 * len(batch)
        ids, starts = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int64)
        bounds = word_kernels.place_ids(
            batch.data, batch.offsets, class_table(), lower_table(), self.table, ids, starts
        )
        return ids[: bounds[-1]], starts[: bounds[-1]], bounds


class Spellings:
    """The spelling of every id, learnt where a word first stands in the text."""

    def __init__(self, num_words: int) -> None:
        self.words: list[str] = [*MARKS, *[""] * (num_words - len(MARKS))]
        self._is_spelled = np.zeros(num_words, dtype=np.bool_)

    def learn(self, batch: TextBatch, ids: Int32, starts: Int64) -> None:
        """Spell the words of a batch that are new."""
        from training.corpus.ngram_lm import word_kernels

        room = min(len(ids), int((~self._is_spelled).sum()))
        found = np.empty((room, 2), dtype=np.int64)
        count = word_kernels.first_places(ids, starts, self._is_spelled, found)
        codes = np.empty(MOST_CHARACTERS, dtype=np.uint32)
        # A word ends with its text, whatever the next one begins with.
        ends = batch.offsets[np.searchsorted(batch.offsets, found[:count, 1], side="right")]
        for (word, start), end in zip(found[:count].tolist(), ends.tolist(), strict=True):
            length = word_kernels.spell(batch.data, end, start, class_table(), lower_table(), codes)
            self.words[word] = codes[:length].tobytes().decode("utf-32-le")


def unit_hashes(words: Sequence[str]) -> tuple[UInt64, npt.NDArray[np.bool_]]:
    """(hash of each, whether it is a word as texts are cut: one word, whole, in lower case)."""
    batch = TextBatch.of(words)
    lowers: Any = lower_table()
    is_unit = batch.words.counts == 1
    hashes = np.zeros(len(words), dtype=np.uint64)
    hashes[is_unit] = batch.words.hashes[batch.words.offsets[:-1][is_unit]]
    sizes = batch.words.sizes[batch.words.offsets[:-1][is_unit]]
    for place, size in zip(np.flatnonzero(is_unit).tolist(), sizes.tolist(), strict=True):
        word = words[place]
        codes = map(ord, word)
        is_unit[place] = size == len(word) and all(
            code < len(lowers) and lowers[code] == code for code in codes
        )
    return hashes, is_unit
