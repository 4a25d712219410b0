"""The items of all evaluation sets as a table of hashed runs of words, mapped by every worker.

An item of at least ``ngram_words`` words is looked for by all its runs of that many; a shorter one
as a whole, down to ``least_words``. So there is one table for each length that occurs. Left out are
items of fewer words, and runs that stand in more than ``max_items`` items of a set: those are how
the set words its questions, and say nothing of one. Of items of a set that say the same the first
stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.contamination.words import folding
from training.corpus.signals.batch import Int64, TextBatch
from training.errors import DataError

UInt64 = npt.NDArray[np.uint64]
Int32 = npt.NDArray[np.int32]
#: More words of items than these would not fit into the memory of each worker.
MAX_WORDS = 20_000_000
_BITS_PER_KEY = 16
_LEAST_BITS = 1 << 12


class LeftOut(StrEnum):
    """Why an item is not looked for."""

    TOO_SHORT = "too_short"
    TEMPLATE = "template"


@dataclass(frozen=True)
class Limits:
    """Lengths in words; ``max_items`` of one set may share a run."""

    ngram_words: int = 13
    least_words: int = 8
    max_items: int = 200


@dataclass(frozen=True)
class Judged:
    """What became of one item: ``window`` is the length of its runs, 0 when it is left out.

    A copy (``copy_of`` an earlier item, else -1) has what the first of its kind has.
    """

    num_words: int
    window: int
    num_ngrams: int
    left_out: str = ""
    copy_of: int = -1


@dataclass(frozen=True)
class GramTable:
    """All runs of one length. Key k stands in ``items[starts[k]:starts[k + 1]]`` at ``positions``.

    ``slots`` and ``bits`` are those of `kernels.fill`.
    """

    window: int
    keys: UInt64
    starts: Int64
    items: Int32
    positions: Int32
    slots: Int32
    bits: npt.NDArray[np.uint8]

    @property
    def shift(self) -> int:
        """How far a key is shifted to number a bit."""
        return 64 - (8 * len(self.bits) - 1).bit_length()

    @classmethod
    def of(cls, window: int, grams: UInt64, items: Int32, positions: Int32) -> Self:
        """From rows in order of (gram, item)."""
        from training.corpus.contamination import kernels

        keys, starts = np.unique(grams, return_index=True)
        num_slots = 1 << max(4, (2 * len(keys)).bit_length())
        num_bits = max(_LEAST_BITS, 1 << (_BITS_PER_KEY * len(keys)).bit_length())
        table = cls(
            window,
            keys,
            np.append(starts, len(grams)).astype(np.int64),
            items,
            positions,
            np.zeros(num_slots, dtype=np.int32),
            np.zeros(num_bits // 8, dtype=np.uint8),
        )
        kernels.fill(table.keys, table.slots, table.bits, table.shift)
        return table

    def save(self, folder: Path) -> None:
        """As one NumPy file for each array."""
        for name in _ARRAYS:
            np.save(folder / f"grams-{self.window}-{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path, window: int) -> Self:
        """Mapped, so that all workers share the memory."""
        arrays = {
            name: np.load(folder / f"grams-{window}-{name}.npy", mmap_mode="r") for name in _ARRAYS
        }
        return cls(window, **arrays)


_ARRAYS = ("keys", "starts", "items", "positions", "slots", "bits")


def windows_in(folder: Path) -> list[int]:
    """The lengths of the tables that were saved there, ascending."""
    return sorted(int(file.name.split("-")[1]) for file in folder.glob("grams-*-keys.npy"))


def hash_words(batch: TextBatch) -> tuple[UInt64, Int64]:
    """(hash of every word, words per text as offsets [texts + 1])."""
    from training.corpus.contamination import kernels

    room = int(batch.offsets[-1] - batch.offsets[0]) // 2 + len(batch) + 1
    hashes = np.empty(room, dtype=np.uint64)
    tables = folding()
    offsets = kernels.hash_words(batch.data, batch.offsets, tables.classes, tables.folds, hashes)
    return hashes[: offsets[-1]], offsets


def build(
    texts: pa.LargeStringArray, sets: Sequence[int], limits: Limits
) -> tuple[list[GramTable], list[Judged]]:
    """Tables of all items, and what became of each. ``sets`` [items] ascend.

    DataError for more than `MAX_WORDS`, before anything is made of them.
    """
    words, offsets = hash_words(TextBatch(texts))
    if len(words) > MAX_WORDS:
        raise _too_many(len(words))
    counts = np.diff(offsets)
    copies = _copies(words, offsets, sets)
    windows = np.minimum(counts, limits.ngram_words)
    windows[counts < limits.least_words] = 0
    num_ngrams = np.zeros(len(counts), dtype=np.int64)
    numbers = np.asarray(sets, dtype=np.int64)
    tables = []
    for window in np.unique(windows[windows > 0]).tolist():
        is_first = (windows == window) & (copies < 0)
        grams, items, positions = _rows(words, offsets, is_first, window)
        is_own = _is_own(grams, numbers[items], limits.max_items)
        grams, items, positions = grams[is_own], items[is_own], positions[is_own]
        num_ngrams += np.bincount(items, minlength=len(counts))
        if len(grams):
            tables.append(GramTable.of(window, grams, items, positions))
    return tables, list(_judged(counts, windows, num_ngrams, copies))


def _rows(
    words: UInt64, offsets: Int64, is_wanted: npt.NDArray[np.bool_], window: int
) -> tuple[UInt64, Int32, Int32]:
    """(gram, item, position) of every run, by (gram, item); of equal runs of an item the first."""
    from training.corpus.contamination import kernels

    counts = np.diff(offsets)
    items = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    positions = (np.arange(len(words)) - offsets[items]).astype(np.int32)
    begins = is_wanted[items] & (positions <= counts[items] - window)
    grams = kernels.grams(words, offsets, window)[begins]
    items, positions = items[begins], positions[begins]
    order = np.lexsort((positions, items, grams))
    grams, items, positions = grams[order], items[order], positions[order]
    is_first = np.ones(len(grams), dtype=bool)
    is_first[1:] = (grams[1:] != grams[:-1]) | (items[1:] != items[:-1])
    return grams[is_first], items[is_first], positions[is_first]


def _is_own(grams: UInt64, sets: Int64, most: int) -> npt.NDArray[np.bool_]:
    """Which runs stand in at most ``most`` items of their set; rows are in order of both."""
    begins = np.ones(len(grams), dtype=bool)
    begins[1:] = (grams[1:] != grams[:-1]) | (sets[1:] != sets[:-1])
    groups = np.cumsum(begins) - 1
    own: npt.NDArray[np.bool_] = np.bincount(groups, minlength=1)[groups] <= most
    return own


def _copies(words: UInt64, offsets: Int64, sets: Sequence[int]) -> Int64:
    """The first item of the same set with the same words [items]; -1 where there is none."""
    firsts: dict[tuple[int, bytes], int] = {}
    found = np.full(len(sets), -1, dtype=np.int64)
    for item, number in enumerate(sets):
        key = (number, words[offsets[item] : offsets[item + 1]].tobytes())
        first = firsts.setdefault(key, item)
        if first != item and key[1]:
            found[item] = first
    return found


def _too_many(num_words: int) -> DataError:
    return DataError(
        f"The evaluation sets hold {num_words:,} words; at most {MAX_WORDS:,} are compared at "
        "once.",
        advice="Name fewer files, or only the columns that ask and answer.",
    )


def _judged(counts: Any, windows: Any, num_ngrams: Any, copies: Any) -> Iterator[Judged]:
    firsts = np.where(copies < 0, np.arange(len(copies)), copies)
    columns = (counts, windows[firsts], num_ngrams[firsts], copies)
    for count, window, number, copy in zip(*(one.tolist() for one in columns), strict=True):
        if not window:
            yield Judged(count, 0, 0, LeftOut.TOO_SHORT, copy)
        elif not number:
            yield Judged(count, 0, 0, LeftOut.TEMPLATE, copy)
        else:
            yield Judged(count, window, number, "", copy)
