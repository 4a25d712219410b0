"""Which items stand in which texts: candidates by hashes, then the words themselves.

A hit is an item of which a text holds at least one run of words (the whole item, when it is
short). Runs that follow each other in both are one stretch; hashes only lead to it, and every
stretch is compared word by word, so no two different texts ever make a hit.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from training.corpus.contamination.index import GramTable, hash_words, windows_in
from training.corpus.contamination.words import Word, cut
from training.corpus.signals.batch import Int64, TextBatch

Spans = list[tuple[int, int]]
#: (first word of a run in the text, in the item).
Start = tuple[int, int]
_KEPT_ITEMS = 4_096
_ROOM = 1 << 12
#: Places of one run in a text that are compared with each item that has it. The others are only
#: told: a text of one word over and over has millions, and hundreds of items may have its run.
_MOST_COMPARED = 256


@dataclass(frozen=True)
class Hit:
    """One item in one text. Spans are (start, stop) in characters; shares are of words."""

    item: int
    #: Different runs of the item that the text holds.
    num_ngrams: int
    #: Words of the longest stretch that both share; of a run that stands very often in the text,
    #: its first places are looked at.
    longest_words: int
    item_share: float
    document_share: float
    document_spans: Spans
    item_spans: Spans


class Finder:
    """Looks for the items of an index in batches of texts."""

    def __init__(self, tables: Sequence[GramTable], items: pa.LargeStringArray) -> None:
        self.tables = {table.window: table for table in tables}
        self._items = items
        self._found = np.empty((_ROOM, 3), dtype=np.int64)
        self._item = functools.lru_cache(maxsize=_KEPT_ITEMS)(self._cut_item)

    @classmethod
    def open(cls, folder: Path, items: pa.LargeStringArray) -> Finder:
        """With the tables that were saved in a folder."""
        return cls([GramTable.load(folder, window) for window in windows_in(folder)], items)

    def hits(self, batch: TextBatch) -> Iterator[tuple[int, list[Hit]]]:
        """(place of a text in the batch, its hits: most runs first), for texts that have any."""
        candidates = self._candidates(batch)
        for place in sorted(candidates):
            parts = np.concatenate(candidates.pop(place))
            found = self.hits_in(batch.texts[place].as_py(), parts)
            if found:
                yield place, found

    def hits_in(self, text: str, candidates: Int64) -> list[Hit]:
        """The hits among candidates [n, 3]: length of the run, its first word, its key."""
        words = cut(text)
        starts: dict[int, list[Start]] = defaultdict(list)
        others: dict[int, Spans] = defaultdict(list)
        for window, key, places in _by_run(candidates):
            table = self.tables[window]
            rows = slice(int(table.starts[key]), int(table.starts[key + 1]))
            known = np.column_stack([table.items[rows], table.positions[rows]]).tolist()
            for item, position in known:
                starts[item] += [(word, position) for word in places[:_MOST_COMPARED].tolist()]
            if len(places) > _MOST_COMPARED:
                spans = _spans_of_runs(words, places.tolist(), window)
                for item, position in known:
                    mine = self._item(item).words[position : position + window]
                    others[item] += spans.get(tuple(word.text for word in mine), ())
        hits = (self._hit(words, item, one, others[item]) for item, one in starts.items())
        return sorted(filter(None, hits), key=lambda hit: (-hit.num_ngrams, hit.item))

    def _candidates(self, batch: TextBatch) -> dict[int, list[Int64]]:
        from training.corpus.contamination import kernels

        hashes, offsets = hash_words(batch)
        found: dict[int, list[Int64]] = defaultdict(list)
        for window, table in self.tables.items():
            asked = (hashes, offsets, window, table.keys, table.slots, table.bits, table.shift)
            count = kernels.find(*asked, self._found)
            if count > len(self._found):
                self._found = np.empty((2 * count, 3), dtype=np.int64)
                kernels.find(*asked, self._found)
            rows = self._found[:count].copy()
            texts, firsts = np.unique(rows[:, 0], return_index=True)
            rows[:, 0] = window
            for text, first, end in zip(texts, firsts, np.append(firsts[1:], count), strict=False):
                found[int(text)].append(rows[first:end])
        return found

    def _hit(self, words: list[Word], item: int, starts: list[Start], others: Spans) -> Hit | None:
        """What an item shares with a text, from where equal hashes begin; None when nothing."""
        mine = self._item(item)
        same = list(_stretches(words, mine.words, starts, mine.window))
        if not same:
            return None
        found = {place for _, first, length in same for place in _places(first, length, mine)}
        covered = mine.covered_by(found)
        shared = _merged([*((word, word + length) for word, _, length in same), *others])
        return Hit(
            item=item,
            num_ngrams=len(found),
            longest_words=max(length for _, _, length in same),
            item_share=sum(stop - start for start, stop in covered) / len(mine.words),
            document_share=sum(stop - start for start, stop in shared) / len(words),
            document_spans=_characters(words, shared),
            item_spans=_characters(mine.words, covered),
        )

    def _cut_item(self, item: int) -> _Item:
        words = cut(self._items[item].as_py())
        return _Item(words, min(len(words), max(self.tables)))


class _Item:
    """The words of an item; ``firsts`` [runs] is where a run equal to each one stands first."""

    def __init__(self, words: list[Word], window: int) -> None:
        self.words, self.window = words, window
        texts = [word.text for word in words]
        seen: dict[tuple[str, ...], int] = {}
        self.firsts = [
            seen.setdefault(tuple(texts[start : start + window]), start)
            for start in range(len(words) - window + 1)
        ]

    def covered_by(self, found: set[int]) -> Spans:
        """Words in runs that were found, wherever in the item they stand."""
        runs = (start for start, first in enumerate(self.firsts) if first in found)
        return _merged((start, start + self.window) for start in runs)


def _by_run(candidates: Int64) -> Iterator[tuple[int, int, Int64]]:
    """(length, key, first words in the text, ascending) of each run among candidates [n, 3]."""
    rows = np.asarray(candidates, dtype=np.int64).reshape(-1, 3)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))]
    begins = np.flatnonzero((rows[1:, 0] != rows[:-1, 0]) | (rows[1:, 2] != rows[:-1, 2])) + 1
    for part in np.split(rows, begins) if len(rows) else []:
        yield int(part[0, 0]), int(part[0, 2]), part[:, 1]


def _spans_of_runs(
    words: list[Word], places: list[int], window: int
) -> dict[tuple[str, ...], Spans]:
    """Where the runs at ``places``, ascending, stand: of the words themselves, not of a hash."""
    found: dict[tuple[str, ...], Spans] = defaultdict(list)
    for start in places:
        spans = found[tuple(word.text for word in words[start : start + window])]
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], start + window)
        else:
            spans.append((start, start + window))
    return found


def _places(first: int, length: int, item: _Item) -> Iterator[int]:
    """The runs of a stretch, each by where it stands first in the item."""
    for start in range(first, first + length - item.window + 1):
        yield item.firsts[start]


def _stretches(
    words: list[Word], mine: list[Word], starts: list[Start], window: int
) -> Iterator[tuple[int, int, int]]:
    """(first word in the text, in the item, words) of what is equal, as long as it goes on."""
    begun: tuple[int, int, int] | None = None
    for word, place in sorted(starts, key=lambda start: (start[0] - start[1], start[0])):
        is_next = begun is not None and begun[0] - begun[1] == word - place
        if begun is not None and is_next and word < begun[0] + begun[2]:
            # What both share up to here was compared; the words behind it are new.
            compared = begun[0] + begun[2] - word
            length = begun[2] + window - compared
        else:
            compared, length = 0, 0
        if not _is_same(words, mine, word + compared, place + compared, window - compared):
            continue
        if length and begun is not None:
            begun = (begun[0], begun[1], length)
            continue
        if begun is not None:
            yield begun
        begun = (word, place, window)
    if begun is not None:
        yield begun


def _is_same(words: list[Word], mine: list[Word], word: int, place: int, length: int) -> bool:
    return all(words[word + n].text == mine[place + n].text for n in range(length))


def _merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """As few spans that neither overlap nor touch, ascending."""
    found: Spans = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def _characters(words: list[Word], spans: Spans) -> Spans:
    """Spans of words as spans of characters."""
    return [(words[start].start, words[stop - 1].stop) for start, stop in spans]
