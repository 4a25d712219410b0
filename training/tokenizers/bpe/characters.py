"""What every code point is to a pattern of words, asked of the library that cuts by the pattern.

Unicode grows, and every library has its own year of it: the classes are not copied from a table
but read off tokenizers itself, once in a process.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, pre_tokenizers

from training.specs.tokenizer_parts import Digits, PreTokenizer

Flags = npt.NDArray[np.bool_]
Roles = npt.NDArray[np.uint8]

NUM_CODES = 0x110000
#: Roles of a code point, bits of a byte. For the patterns of BERT and of white space the letters
#: are whatever words are made of.
SPACE, LETTER, NUMBER, OTHER, HAN, LINE, UPPER, LOWER = (1 << bit for bit in range(8))
#: Planes with characters; all others are private or empty: neither letters nor anything named.
_ASKED = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xE1000))
_PARTS = (r"\p{Lu}\p{Lt}", r"\p{Ll}", r"\p{Lm}\p{Lo}", r"\p{M}", r"\p{N}", r"\p{P}\p{S}", r"\s")
_HAN = r"\p{Han}"


@dataclass(frozen=True)
class Cut:
    """A pattern of words: its kind, its digits, whether each Chinese character stands apart.

    ``is_after_digits``: numbers are taken out before (the step ``Digits`` of tokenizers, or a
    ``Split``), so that white space before a number is followed by nothing.
    """

    kind: PreTokenizer
    digits: Digits
    is_han_apart: bool = False
    is_after_digits: bool = False


def roles_of(cut: Cut) -> Roles:
    """Bits of roles [NUM_CODES] of every code point under a pattern."""
    upper, lower, both, marks, number, signs, space = _classes()[:-1]
    number = _taken_by_digits() if cut.is_after_digits and cut.digits == Digits.ONE else number
    letter, other = upper | lower | both, ~(upper | lower | both | number | space)
    if cut.kind in (PreTokenizer.BERT, PreTokenizer.WHITESPACE):
        number = number & (cut.digits != Digits.WHOLE)
        other = signs & (cut.kind == PreTokenizer.BERT)
        letter = ~(other | number | space)
    roles = np.zeros(NUM_CODES, dtype=np.uint8)
    for bit, members in (
        (SPACE, space),
        (LETTER, letter & ~number),
        (NUMBER, number),
        (OTHER, other),
        (UPPER, upper | both | marks),
        (LOWER, lower | both | marks),
    ):
        roles[members] |= bit
    roles[[ord("\n"), ord("\r")]] |= LINE
    if cut.is_han_apart:
        roles[_classes()[-1]] = HAN
    return roles


@functools.cache
def _classes() -> list[Flags]:
    """Members [NUM_CODES] of each of `_PARTS`, and of Han."""
    # One pass cuts all code points into runs of one class; their first ones tell which it is.
    text = "".join(chr(code) for codes in _ASKED for code in codes)
    names = [f"[{part}]" for part in _PARTS]
    pattern = "|".join(f"[{name}&&[{sign}{_HAN}]]+" for name in names for sign in ("", "^"))
    runs = pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str(text)
    heads = "".join(run[0] for run, _ in runs)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    starts = np.array([start for _, (start, _) in runs], dtype=np.int64)
    lengths = np.diff(starts, append=len(text))
    found = []
    for name in [*names, _HAN]:
        members = np.zeros(NUM_CODES, dtype=np.bool_)
        members[codes[np.repeat(_matches(name, heads), lengths)]] = True
        found.append(members)
    return found


def _matches(pattern: str, text: str) -> Flags:
    """Whether each character [len(text)] matches a pattern of one character."""
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    taken = np.zeros(len(text), dtype=np.bool_)
    for _, (start, end) in split.pre_tokenize_str(text):
        taken[start:end] = True
    return taken


@functools.cache
def _taken_by_digits() -> Flags:
    """What the step ``Digits`` takes for a digit; its Unicode is newer than that of patterns."""
    text = "".join(chr(code) for codes in _ASKED for code in codes)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    taken = np.zeros(NUM_CODES, dtype=np.bool_)
    # A letter before the first: pieces are then taken apart and left in turns.
    pieces = pre_tokenizers.Digits(individual_digits=False).pre_tokenize_str("x" + text)
    for _, (start, end) in pieces[1::2]:
        taken[codes[start - 1 : end - 1]] = True
    return taken
