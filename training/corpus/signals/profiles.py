"""What a character is, all at once: a profile for every code point, and what each profile has.

Characters that no signal tells apart share a profile, so a text is counted as a histogram of
profiles in one pass, and every share of characters is a sum over it. ASCII characters have a
profile each (their code), all others share a few dozen.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.language.scripts import SCRIPTS, script_table
from training.corpus.signals.characters import HAN_RANGES, TABLE_SIZE, WHOLE_WORD, class_table

NUM_ASCII, NUM_PROFILES = 128, 256
#: Bits of half a counter.
HALF = 32

#: Traits of a character, as bits.
LETTER, DIGIT, HAN, SPACE, UPPER, OTHER_CASE, WORD, ALONE = (1 << bit for bit in range(8))
SPECIAL, SENTENCE_END, ASCII_LETTER, LINE_FEED, CURLY, BRACKET, SYMBOL, ALPHANUMERIC = (
    1 << bit for bit in range(8, 16)
)
#: What ends a sentence, in several scripts.
SENTENCE_ENDS = ".!?…。！？｡؟।॥۔։።"
_CURLY, _BRACKETS, _SYMBOLS = "{}", "()[]{}（）［］｛｝【】〔〕", "#…"

#: Columns of `Profiles.weights`: characters that have all of these traits; then letters by script.
COLUMNS = (
    ("characters", 0),
    ("letters", LETTER),
    ("digits", DIGIT),
    ("han", HAN),
    ("spaces", SPACE),
    ("uppercase", UPPER | LETTER),
    ("alphanumeric", ALPHANUMERIC),
    ("special", SPECIAL),
    ("curly_brackets", CURLY),
    ("brackets", BRACKET),
    ("symbols", SYMBOL),
    ("line_feeds", LINE_FEED),
)
#: The column of the first script.
FIRST_SCRIPT = len(COLUMNS)


@dataclass(frozen=True)
class Profiles:
    """``ids`` [code points], ``traits`` [profiles] and ``weights`` [profiles, columns].

    ``marks`` [profiles] has 1 in its upper half for an upper-case letter, in its lower for a digit.
    """

    ids: npt.NDArray[np.uint8]
    traits: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]
    marks: npt.NDArray[np.int64]


@functools.cache
def profiles() -> Profiles:
    """The table of all profiles; the last is that of code points beyond the table."""
    scripts, classes = script_table(), class_table()
    is_han = np.zeros(TABLE_SIZE, dtype=bool)
    for first, last in HAN_RANGES:
        is_han[first : last + 1] = True
    traits = np.array([_traits(chr(code)) for code in range(TABLE_SIZE)], dtype=np.int64)
    traits[is_han] |= HAN
    traits[classes == WHOLE_WORD] |= ALONE
    # Equal rows of traits and script, ASCII apart, share a profile.
    rows = traits << 8 | scripts
    shared, places = np.unique(rows[NUM_ASCII:], return_inverse=True)
    ids = np.concatenate([np.arange(NUM_ASCII), NUM_ASCII + places]).astype(np.uint8)
    row_of = np.zeros(NUM_PROFILES, dtype=np.int64)
    row_of[:NUM_ASCII], row_of[NUM_ASCII : NUM_ASCII + len(shared)] = rows[:NUM_ASCII], shared
    row_of[-1] = SPECIAL << 8
    traits_of, script_of = row_of >> 8, row_of & 0xFF
    columns = [(traits_of & held == held).astype(np.int64) for _, held in COLUMNS]
    columns += [(script_of == 1 + place).astype(np.int64) for place in range(len(SCRIPTS))]
    weights = np.stack(columns, axis=1)
    names = [name for name, _ in COLUMNS]
    marks = weights[:, names.index("uppercase")] << HALF | weights[:, names.index("digits")]
    return Profiles(ids, traits_of, weights, marks)


def _traits(character: str) -> int:
    category = unicodedata.category(character)
    if category == "Lo" and not character.islower():
        return LETTER | WORD | ALPHANUMERIC
    if category == "Cn":
        return SPECIAL
    is_title = character.istitle() and not character.isupper()
    held = (
        (LETTER, category[0] == "L"),
        (DIGIT, category == "Nd"),
        (SPACE, character.isspace()),
        (UPPER, character.isupper()),
        (OTHER_CASE, character.islower() or is_title),
        (WORD, character.isalnum() or character == "_"),
        (ALPHANUMERIC, character.isalnum()),
        (SPECIAL, category[0] not in "LNM" and not character.isspace()),
        (SENTENCE_END, character in SENTENCE_ENDS),
        (ASCII_LETTER, character.isascii() and character.isalpha()),
        (LINE_FEED, character == "\n"),
        (CURLY, character in _CURLY),
        (BRACKET, character in _BRACKETS),
        (SYMBOL, character in _SYMBOLS),
    )
    return sum(trait for trait, has in held if has)
