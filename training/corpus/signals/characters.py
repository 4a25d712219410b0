"""What a word is, as a table from code point to class; shared by the kernels and their oracle.

A word is a run of letters, digits, marks and underscores, in lower case. In scripts written
without spaces (Chinese, Japanese, Thai, Lao, Tibetan, Burmese, Khmer) every character is a word
of its own: counts and shares are then by character, which needs no dictionary and no model.
Everything else separates words.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import numpy as np
import numpy.typing as npt

#: Code points from here on (private use, tags) separate words.
TABLE_SIZE = 0x32400

SEPARATOR, LETTER, WHOLE_WORD = 0, 1, 2

_UNSPACED = (
    (0x0E00, 0x0E7F), (0x0E80, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x1B000, 0x1B16F),
    (0x20000, 0x323AF),
)  # fmt: skip


@functools.cache
def class_table() -> npt.NDArray[np.uint8]:
    """The class of every code point below ``TABLE_SIZE``."""
    table = np.zeros(TABLE_SIZE, dtype=np.uint8)
    for code in range(TABLE_SIZE):
        if unicodedata.category(chr(code))[0] in "LNM":
            table[code] = LETTER
    table[ord("_")] = LETTER
    for first, last in _UNSPACED:
        part = table[first : last + 1]
        part[part == LETTER] = WHOLE_WORD
    table.setflags(write=False)
    return table


#: Unified ideographs with their extensions, and the compatibility ones.
HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


@functools.cache
def lower_table() -> npt.NDArray[np.uint32]:
    """The lower case of every code point below ``TABLE_SIZE``; itself where that is no single."""
    table = np.arange(TABLE_SIZE, dtype=np.uint32)
    for code in range(TABLE_SIZE):
        lower = chr(code).lower()
        if len(lower) == 1 and ord(lower) < TABLE_SIZE:
            table[code] = ord(lower)
    table.setflags(write=False)
    return table


def ranges_of(mask: npt.NDArray[np.bool_]) -> str:
    """The code points of a mask as the inside of a character class."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    pairs = edges.reshape(-1, 2).tolist()
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b - 1))}" for a, b in pairs)
