"""Which words a comparison sees: letters without case, accents, width, signs and white space.

A word is a run of letters, digits and underscores; each character of a script written without
spaces is one (the classes of `signals.characters`). Every character is then folded by itself:

* compatibility forms become what they stand for (NFKD, where that is one character): full-width
  and mathematical letters, superscripts, Kangxi radicals;
* accents of Latin, Greek and Cyrillic letters go, so composed and decomposed text (NFC, NFD) agree;
* case goes (case folding, where that is one character);
* soft hyphens, joiners, zero-width spaces and variation selectors are not there at all.

What folds to several characters stays itself: ligatures, Hangul syllables, "ß". The compiled form
is `kernels.hash_words`; this module has the tables, and the words with their places.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from training.corpus.signals.characters import (
    LETTER,
    TABLE_SIZE,
    WHOLE_WORD,
    class_table,
    ranges_of,
)

#: Characters that neither end a word nor stand in one.
IGNORED = 3
#: The first character of more than 16 bits.
_FIRST_LONG: Final = "\U00010000"
_IGNORED_RANGES = (
    (0x00AD, 0x00AD), (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200D),
    (0x2060, 0x2060), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF),
)  # fmt: skip
_ASCII_WORD = re.compile(r"\w+", re.ASCII)


@dataclass(frozen=True)
class Folding:
    """``classes`` and ``folds`` [code points]: what a character is, and what it becomes."""

    classes: npt.NDArray[np.uint8]
    folds: npt.NDArray[np.uint32]


class Word(NamedTuple):
    """``text`` is folded; ``start`` and ``stop`` are places of characters in the whole text."""

    start: int
    stop: int
    text: str


@functools.cache
def folding() -> Folding:
    """The tables, made once."""
    ignored = np.zeros(TABLE_SIZE, dtype=bool)
    for first, last in _IGNORED_RANGES:
        ignored[first : last + 1] = True
    folds = np.array([_fold(code, ignored) for code in range(TABLE_SIZE)], dtype=np.uint32)
    classes = class_table()[folds]
    classes[ignored] = IGNORED
    for table in (classes, folds):
        table.setflags(write=False)
    return Folding(classes, folds)


def cut(text: str) -> list[Word]:
    """Every word of a text with its place."""
    if text.isascii():
        lowered = text.lower()
        spans = (found.span() for found in _ASCII_WORD.finditer(text))
        return [Word(start, stop, lowered[start:stop]) for start, stop in spans]
    folds = _translation()
    pattern = _word_pattern(has_long=max(text) >= _FIRST_LONG)
    return [
        Word(found.start(), found.end(), found.group().translate(folds))
        for found in pattern.finditer(text)
    ]


def _fold(code: int, ignored: npt.NDArray[np.bool_]) -> int:
    parts = [
        part
        for part in unicodedata.normalize("NFKD", chr(code))
        if ord(part) >= TABLE_SIZE or not ignored[ord(part)]
    ]
    whole = parts[0] if len(parts) == 1 else chr(code)
    for folded in (whole.casefold(), whole.lower()):
        if len(folded) == 1 and ord(folded) < TABLE_SIZE:
            return ord(folded)
    return ord(whole) if ord(whole) < TABLE_SIZE else code


@functools.cache
def _translation() -> dict[int, int | None]:
    tables = folding()
    changed = np.flatnonzero(tables.folds != np.arange(TABLE_SIZE)).tolist()
    found: dict[int, int | None] = {code: int(tables.folds[code]) for code in changed}
    return found | dict.fromkeys(np.flatnonzero(tables.classes == IGNORED).tolist())


@functools.cache
def _word_pattern(*, has_long: bool) -> re.Pattern[str]:
    """A run of letters with what is ignored between them, or one character alone.

    Only with ``has_long`` of code points of more than 16 bits too: with one of these in it, ``re``
    tries a set range after range instead of looking it up.
    """
    classes = folding().classes if has_long else folding().classes[: ord(_FIRST_LONG)]
    letters, ignored = ranges_of(classes == LETTER), ranges_of(classes == IGNORED)
    alone = ranges_of(classes == WHOLE_WORD)
    return re.compile(f"[{letters}]+(?:[{ignored}]+[{letters}]+)*|[{alone}]")
