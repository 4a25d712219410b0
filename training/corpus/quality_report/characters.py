"""Tables from code point to what a character does in a sentence; shared by kernels and oracle."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
import numpy.typing as npt

from training.corpus.signals.characters import TABLE_SIZE

#: Roles of `role_table`. A wide mark ends a sentence with nothing behind it.
LOWER, SPACE, END, WIDE_END, CLOSER, DIGIT = 1, 2, 3, 4, 5, 6
END_MARKS = ".!?…।۔؟։"
WIDE_END_MARKS = "。！？｡"
CLOSERS = "\"'”’»)]}」』）】》*_"
#: Openers and their closers; of straight quotes a line should have an even number.
PAIRS = ("()", "[]", "{}", "“”", "«»", "（）", "【】", "「」", "『』", "《》")
_ROLES = ((END_MARKS, END), (WIDE_END_MARKS, WIDE_END), (CLOSERS, CLOSER))


@functools.cache
def role_table() -> npt.NDArray[np.uint8]:
    """The role of every code point below ``TABLE_SIZE``; 0 for all others."""
    table = np.zeros(TABLE_SIZE, dtype=np.uint8)
    for code in range(TABLE_SIZE):
        category = unicodedata.category(chr(code))
        if category == "Ll":
            table[code] = LOWER
        elif category == "Nd":
            table[code] = DIGIT
        elif chr(code).isspace():
            table[code] = SPACE
    for characters, role in _ROLES:
        table[[ord(character) for character in characters]] = role
    table.setflags(write=False)
    return table


@functools.cache
def bracket_table() -> npt.NDArray[np.int8]:
    """+n for an opener, -n for its closer, 0 for every other code point."""
    table = np.zeros(TABLE_SIZE, dtype=np.int8)
    for number, pair in enumerate(PAIRS, start=1):
        table[ord(pair[0])], table[ord(pair[1])] = number, -number
    table.setflags(write=False)
    return table
