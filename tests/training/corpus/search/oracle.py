"""What search must find, by Python's regular expressions over folded text."""

from __future__ import annotations

import re


def folded(text: str) -> str:
    """One character for each: case folding where it is one character, else lower case, else as is.

    Only characters below U+20000, and never into or out of white space.
    """
    return "".join(_folded(sign) for sign in text)


def places(phrase: str, text: str, *, ignores_case: bool) -> list[tuple[int, int]]:
    """(start, stop) of every hit in characters, leftmost first, none overlapping."""
    if ignores_case:
        phrase, text = folded(phrase), folded(text)
    pattern = r"\s+".join(re.escape(word) for word in phrase.split())
    return [match.span() for match in re.finditer(pattern, text)]


def _folded(sign: str) -> str:
    if sign.isspace() or ord(sign) >= 0x20000:
        return sign
    for candidate in (sign.casefold(), sign.lower()):
        if len(candidate) == 1:
            return candidate
    return sign
