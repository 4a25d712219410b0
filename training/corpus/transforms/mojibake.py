"""Which lines could hold something that ftfy mends: tables for a cheap look at every character.

ftfy takes about half a second per megabyte, and most text has nothing for it. A line is looked at
closely when it has a run of characters that are the bytes of one UTF-8 character in one of the
encodings that ftfy knows, or a character that an option is about.
"""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
import numpy.typing as npt
from ftfy import chardata

from training.corpus.signals.characters import TABLE_SIZE

#: Bits of what a line has; `MOJIBAKE` is a run, the others are single characters.
CONTROL, ENTITY, ACCENT, LIGATURE, WIDTH, QUOTE, BREAK, MOJIBAKE = (1 << n for n in range(8))
#: Bits of what a character would be as a byte of UTF-8: first of two, three, four; a later one.
FIRST_OF_2, FIRST_OF_3, FIRST_OF_4, LATER = 1, 2, 4, 8

_FIRST_BYTES = {
    FIRST_OF_2: range(0xC2, 0xE0),
    FIRST_OF_3: range(0xE0, 0xF0),
    FIRST_OF_4: range(0xF0, 0xF5),
    LATER: range(0x80, 0xC0),
}


@functools.cache
def byte_roles() -> npt.NDArray[np.uint8]:
    """The bits of every code point below ``TABLE_SIZE`` over all encodings."""
    table = np.zeros(TABLE_SIZE, dtype=np.uint8)
    for encoding in chardata.CHARMAP_ENCODINGS:
        for role, values in _FIRST_BYTES.items():
            for character in bytes(values).decode(encoding, "ignore"):
                table[ord(character)] |= role
    return table


@functools.cache
def suspicions() -> npt.NDArray[np.uint8]:
    """What each code point below ``TABLE_SIZE`` makes a line suspicious of, as bits."""
    table = np.zeros(TABLE_SIZE, dtype=np.uint8)
    for code in [*chardata.CONTROL_CHARS, *range(0x80, 0xA0), 0xFFFD, 0x1B]:
        table[code] |= CONTROL
    table[ord("&")] |= ENTITY
    for code in chardata.LIGATURES:
        table[code] |= LIGATURE
    for code in chardata.WIDTH_MAP:
        table[code] |= WIDTH
    for first, last in ((0x02BC, 0x02BC), (0x2018, 0x201B), (0x201C, 0x201F)):
        table[first : last + 1] |= QUOTE
    for code in (0x0D, 0x85, 0x2028, 0x2029):
        table[code] |= BREAK
    for code in range(0x300, TABLE_SIZE):
        table[code] |= _accent_bits(chr(code))
    return table


def _accent_bits(character: str) -> int:
    """Marks that may move or melt into the character before them, and what is never in NFC."""
    if unicodedata.combining(character) or not unicodedata.is_normalized("NFC", character):
        return ACCENT
    return ACCENT if character in _second_halves() else 0


@functools.cache
def _second_halves() -> frozenset[str]:
    """Characters that stand second in a canonical composition, Korean vowels and finals too."""
    found = {chr(code) for code in [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]}
    for code in range(TABLE_SIZE):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            found.add(chr(int(parts[1], 16)))
    return frozenset(found)
