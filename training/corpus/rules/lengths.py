"""Rules on how many lines there are, and how long they are."""

from __future__ import annotations

import re

from training.corpus.places import Places, lines, tokens
from training.corpus.rules.threshold import Threshold

_LINE = re.compile(r"[^\n]+")
_FEW = 3


class LineCount(Threshold):
    """Too few or too many lines."""

    signal, style = "line_count", "count"
    noun, one = "lines", "line"


class LongestLine(Threshold):
    """A line too long to be written by hand."""

    signal, style = "longest_line", "count"
    noun, one = "characters in the longest line", "character in the longest line"

    def places(self, text: str) -> Places:
        """The lines that are too long."""
        most = self.at_most or 0
        return [match.span() for match in _LINE.finditer(text) if len(match.group()) > most]


class LongLines(Threshold):
    """No three lines that are long enough."""

    signal, style = "third_longest_line", "count"
    noun, one = "characters in the third longest line", "character in the third longest line"


class FewWordLines(Threshold):
    """Too many lines of one or two words."""

    signal, noun = "few_word_line_fraction", "of the lines have one or two words"

    def places(self, text: str) -> Places:
        """Those lines."""
        return [
            (start, stop) for start, stop in lines(text) if len(tokens(text[start:stop])) < _FEW
        ]
