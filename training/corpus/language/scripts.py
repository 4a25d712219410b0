"""Scripts of letters, as a table from code point to script."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
import numpy.typing as npt

from training.corpus.signals.characters import HAN_RANGES, TABLE_SIZE

#: In the order of the table, whose 0 is "no letter"; "other" is every other script.
SCRIPTS = (
    "latin", "han", "kana", "hangul", "cyrillic", "arabic", "greek", "devanagari", "thai",
    "hebrew", "other",
)  # fmt: skip
#: First words of the names of characters.
_NAMES = {
    "LATIN": "latin",
    "FULLWIDTH LATIN": "latin",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HALFWIDTH KATAKANA": "kana",
    "HANGUL": "hangul",
    "CYRILLIC": "cyrillic",
    "ARABIC": "arabic",
    "GREEK": "greek",
    "DEVANAGARI": "devanagari",
    "THAI": "thai",
    "HEBREW": "hebrew",
}


@functools.cache
def script_table() -> npt.NDArray[np.uint8]:
    """1 + place in `SCRIPTS` of every letter below ``TABLE_SIZE``; 0 for the rest."""
    numbers = {script: place for place, script in enumerate(SCRIPTS, start=1)}
    table = np.zeros(TABLE_SIZE, dtype=np.uint8)
    is_han = np.zeros(TABLE_SIZE, dtype=bool)
    for start, stop in HAN_RANGES:
        is_han[start : stop + 1] = True
    letters = [code for code in range(TABLE_SIZE) if unicodedata.category(chr(code))[0] == "L"]
    for code in letters:
        if is_han[code]:
            # A hundred thousand characters, whose names need not be looked at.
            table[code] = numbers["han"]
            continue
        first, _, rest = unicodedata.name(chr(code), "").partition(" ")
        script = _NAMES.get(first) or _NAMES.get(f"{first} {rest.partition(' ')[0]}")
        table[code] = numbers[script or "other"]
    table.setflags(write=False)
    return table
