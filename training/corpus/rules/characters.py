"""Rules on kinds of characters, and on words by their letters."""

from __future__ import annotations

import re

from training.corpus.places import Places, matches
from training.corpus.rules.threshold import Threshold

_RAW_WORD = re.compile(r"\w+|[^\w\s]+")
_SPECIAL = re.compile(r"(?:[^\w\s]|_)+")
_WIDE_SPACE = re.compile(r"\s{2,}")
_BRACKET = re.compile(r"[()\[\]{}（）［］｛｝【】〔〕]")
_CURLY = re.compile(r"[{}]")


class AllCaps(Threshold):
    """Too many words in capitals."""

    signal, noun = "all_caps_word_fraction", "of the words are in capitals"

    def places(self, text: str) -> Places:
        """Those words."""
        return [match.span() for match in _RAW_WORD.finditer(text) if match.group().isupper()]


class Letters(Threshold):
    """Too few letters."""

    signal, noun, below = "alphabetic_share", "of the characters are letters", "less"


class Alphanumeric(Threshold):
    """Too few letters and digits."""

    signal, below = "alphanumeric_share", "less"
    noun = "of the characters are letters or digits"


class SpecialCharacters(Threshold):
    """Too many signs."""

    signal, noun = "special_character_share", "special characters"

    def places(self, text: str) -> Places:
        """The signs."""
        return matches(text, _SPECIAL)


class WhiteSpace(Threshold):
    """Too much white space."""

    signal, noun = "whitespace_share", "white space"

    def places(self, text: str) -> Places:
        """Where more than one stand together."""
        return matches(text, _WIDE_SPACE)


class Brackets(Threshold):
    """Too many brackets."""

    signal, noun = "bracket_share", "brackets"

    def places(self, text: str) -> Places:
        """The brackets."""
        return matches(text, _BRACKET)


class CurlyBrackets(Threshold):
    """Curly brackets where none, or few, are wanted."""

    signal, noun = "curly_bracket_share", "curly brackets"

    def places(self, text: str) -> Places:
        """The brackets."""
        return matches(text, _CURLY)
