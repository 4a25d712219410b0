"""Lists of words as a classifier: which entries a text holds, compiled once, found in one pass.

A text is cut into words as all signals cut it, in lower case. An entry of a script with spaces is
found as whole words, whatever signs stand between them; one of Chinese, Japanese, Thai ... wherever
its characters stand one after another. Entries are plain words: no sign in them is a pattern.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from training.corpus.language.identify import NAMES
from training.corpus.places import Places
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.characters import LETTER, class_table, lower_table
from training.errors import DataError

ENTRIES_FILE = "keywords.jsonl"
MOST_WORDS = 16
_LEAST_SLOTS = 16
#: Where the trie of all languages begins, and those of single ones after it.
_ROOT = 0x6A09E667F3BCC908

UInt64 = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Entry:
    """One line of a list. ``language`` is empty for all of them."""

    text: str
    language: str = ""
    is_allowed: bool = False


@dataclass(frozen=True)
class Counts:
    """Per text: words, hits, different entries hit."""

    words: Int64
    hits: Int64
    kinds: Int64

    @property
    def per_1000_words(self) -> npt.NDArray[np.float64]:
        """Hits for every 1,000 words; 0 for a text without a word."""
        rates: npt.NDArray[np.float64] = 1000 * self.hits / np.maximum(self.words, 1)
        return rates


@dataclass(frozen=True)
class KeywordModel:
    """``table`` [slots, 3] is the trie; ``roots`` [languages + 1] where each begins, 0 for none."""

    entries: tuple[Entry, ...]
    table: UInt64
    roots: UInt64
    is_allowed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self:
        """Compile entries of which each holds a word (`entry_fault`); equal ones count once."""
        from training.corpus.classifiers import keyword_kernels

        cuts = [_words_of(entry.text) for entry in entries]
        size = _LEAST_SLOTS
        while size < 2 * sum(len(words) for words, _ in cuts):
            size *= 2
        table = np.zeros((size, 3), dtype=np.uint64)
        roots = np.zeros(len(NAMES), dtype=np.uint64)
        for place, (entry, (words, touches)) in enumerate(zip(entries, cuts, strict=True)):
            code = NAMES.index(entry.language)
            roots[code] = np.uint64(_ROOT + code)
            keyword_kernels.insert(table, roots[code], words, touches, place)
        allowed = np.array([entry.is_allowed for entry in entries], dtype=np.bool_)
        return cls(tuple(entries), table, roots, allowed)

    @classmethod
    def open(cls, folder: Path, name: str = ENTRIES_FILE) -> Self:
        """Compile the list in ``folder``; DataError when it cannot be read."""
        try:
            with (folder / name).open(encoding="utf-8") as file:
                entries = [Entry(**json.loads(line)) for line in file]
            return cls.of(entries)
        except (OSError, ValueError, TypeError) as error:
            raise DataError(
                f"The list of words in {folder.parent.name} cannot be read: {error}.",
                advice="Make it again.",
            ) from error

    @property
    def has_languages(self) -> bool:
        """Whether some entries are for one language."""
        return bool(self.roots[1:].any())

    def save(self, folder: Path) -> None:
        """Write ``keywords.jsonl``."""
        with (folder / ENTRIES_FILE).open("w", encoding="utf-8") as file:
            file.writelines(
                json.dumps(vars(one), ensure_ascii=False) + "\n" for one in self.entries
            )

    def count(self, batch: TextBatch, languages: npt.NDArray[np.int16] | None = None) -> Counts:
        """Hits of every text; ``languages`` [texts] are places in `NAMES`."""
        counts, _ = self._find(batch, languages, np.empty((0, 4), dtype=np.int64))
        return Counts(counts[:, 0], counts[:, 1], counts[:, 2])

    def places(self, text: str, *, language: str = "", most: int = 500) -> Places:
        """(start, stop) in characters of the first hits in a text of this language."""
        data, found = text.encode(), np.empty((most, 4), dtype=np.int64)
        codes = np.array([NAMES.index(language)], dtype=np.int16)
        _, count = self._find(TextBatch.of([text]), codes, found)
        places, at, characters = [], 0, 0
        for _text, start, stop, _entry in found[:count].tolist():
            first = characters + len(data[at:start].decode())
            characters = first + len(data[start:stop].decode())
            at = stop
            places.append((first, characters))
        return places

    def _find(
        self, batch: TextBatch, languages: npt.NDArray[np.int16] | None, found: Int64
    ) -> tuple[Int64, int]:
        from training.corpus.classifiers import keyword_kernels

        roots = np.zeros((len(batch), 2), dtype=np.uint64)
        roots[:, 0] = self.roots[0] or np.uint64(_ROOT)
        if languages is not None:
            roots[:, 1] = np.where(languages > 0, self.roots[languages], np.uint64(0))
        answer: tuple[Int64, int] = keyword_kernels.find(
            batch.data, batch.offsets, class_table(), lower_table(), self.table, roots,
            self.is_allowed, found,
        )  # fmt: skip
        return answer


def entry_fault(text: str) -> str:
    """Why this cannot be an entry, as the end of a sentence; empty when it can."""
    words, _ = _words_of(text)
    if not len(words):
        return "holds no letter and no digit, so it would never be found"
    if len(words) > MOST_WORDS:
        return f"holds {len(words)} words; at most {MOST_WORDS} are compared"
    letters = [one for one in text if ord(one) < len(class_table()) and class_table()[ord(one)]]
    if len(letters) == 1 and class_table()[ord(letters[0])] == LETTER:
        return "is a single letter or digit, which nearly every text holds as a word"
    return ""


def _words_of(text: str) -> tuple[UInt64, npt.NDArray[np.bool_]]:
    """(hash of each word, whether it stands right behind the one before)."""
    from training.corpus.classifiers import keyword_kernels

    data = np.frombuffer(text.encode(), dtype=np.uint8)
    room = len(data) // 2 + 1
    hashes = np.empty(room, dtype=np.uint64)
    starts, stops = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    count = keyword_kernels.cut(
        data, 0, len(data), class_table(), lower_table(), hashes, starts, stops
    )
    touches = np.zeros(count, dtype=np.bool_)
    touches[1:] = starts[1:count] == stops[: count - 1]
    return hashes[:count], touches
