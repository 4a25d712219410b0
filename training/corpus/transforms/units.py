"""Lines, paragraphs and sentences of a batch of texts, each with the hash that it is compared by.

Two units are taken for the same when their 64-bit hashes agree; the texts are not compared. Among
a billion different units two agree with a chance of about 3 % (n squared over 2 to the 65th).
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import Int64, TextBatch
from training.corpus.signals.characters import TABLE_SIZE, WHOLE_WORD, class_table, lower_table
from training.corpus.transforms.edits import Edits
from training.specs.transform_parts import Sameness

UInt64 = npt.NDArray[np.uint64]
#: As the kernels number them.
LINE, PARAGRAPH, SENTENCE = 0, 1, 2

_ENDS = ".!?…\u061f\u06d4\u0964\u0965"
#: After these a sentence ends even where no white space follows.
_ENDS_ALONE = "。！？｡"
_CLOSES = "\"'”’»)]」』）】》〉"


@dataclass(frozen=True)
class Units:
    """Rows [U]: text in the batch, first byte in it, byte behind the last; in order."""

    texts: Int64
    starts: Int64
    stops: Int64
    hashes: UInt64

    def cut(self, is_cut: npt.NDArray[np.bool_], reason: int = 0) -> Edits:
        """Edits that take out the units of a mask [U]."""
        chosen = np.flatnonzero(is_cut)
        reasons = np.full(len(chosen), reason, dtype=np.int64)
        return Edits(self.texts[chosen], self.starts[chosen], self.stops[chosen], reasons)


def find_units(batch: TextBatch, kind: int, same: Sameness, min_characters: int) -> Units:
    """The units of a kind with at least so many characters (those of CJK count for two).

    A unit that has nothing left to compare (punctuation only, where that is ignored) is none.
    """
    from training.corpus.transforms import unit_kernels

    room = unit_kernels.most_units(batch.data, batch.offsets, kind, mark_table())
    rows, hashes = np.empty((room, 3), dtype=np.int64), np.empty(room, dtype=np.uint64)
    number = unit_kernels.find_units(
        batch.data,
        batch.offsets,
        kind,
        mark_table(),
        form_table(),
        width_table(),
        same == Sameness.EXACT,
        min_characters,
        rows,
        hashes,
    )
    texts, starts, stops = rows[:number].T.copy()
    return Units(texts, starts, stops, hashes[:number])


@functools.cache
def mark_table() -> npt.NDArray[np.uint8]:
    """Bits of code points that end a sentence (1), do so without white space (2), close it (4)."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for bit, marks in ((1, _ENDS), (3, _ENDS_ALONE), (4, _CLOSES)):
        for mark in marks:
            table[ord(mark)] |= bit
    return table


@functools.cache
def form_table() -> npt.NDArray[np.uint32]:
    """What each code point is compared as when alike will do; 0: it is left out, 32: a space.

    In the manner of CCNet: lower case, digits as 0, no punctuation, no control characters.
    """
    table = lower_table().copy()
    for code in range(TABLE_SIZE):
        character = chr(code)
        category = unicodedata.category(character)
        if character.isspace():
            table[code] = 32
        elif category == "Nd":
            table[code] = ord("0")
        elif category[0] in "PC":
            table[code] = 0
    return table


@functools.cache
def width_table() -> npt.NDArray[np.uint8]:
    """2 for a character of a script without spaces, which says as much as two letters; else 1."""
    table = np.ones(TABLE_SIZE, dtype=np.uint8)
    table[class_table() == WHOLE_WORD] = 2
    return table
