"""Rules on the look of lines (Gopher A1, FineWeb)."""

from __future__ import annotations

import re

from training.corpus.places import Places, lines
from training.corpus.rules.threshold import Threshold
from training.corpus.signals.batch import LINE_ENDERS

_BULLET = re.compile(r"[-*](?=[ \t\r\v\f])|[•‣⁃∙◦■□▪▫▶●○–]")
_SHORT = 30


class BulletLines(Threshold):
    """Too many lines with a bullet."""

    signal, noun = "bullet_line_fraction", "of the lines begin with a bullet"

    def places(self, text: str) -> Places:
        """The bullets."""
        starts = [start for start, stop in lines(text) if _BULLET.match(text, start, stop)]
        return [(start, start + 1) for start in starts]


class EllipsisLines(Threshold):
    """Too many lines that end with an ellipsis."""

    signal, noun = "ellipsis_line_fraction", "of the lines end with an ellipsis"

    def places(self, text: str) -> Places:
        """Those lines."""
        return [place for place in lines(text) if text[slice(*place)].endswith(("...", "…"))]


class ShortLines(Threshold):
    """Too many short lines."""

    signal, noun = "short_line_fraction", f"of the lines have at most {_SHORT} characters"

    def places(self, text: str) -> Places:
        """The short ones."""
        return [(start, stop) for start, stop in lines(text) if stop - start <= _SHORT]


class LineLength(Threshold):
    """Lines too short or too long on average."""

    signal, style = "mean_line_length", "mean"
    noun, below = "characters per line", "less"

    def places(self, text: str) -> Places:
        """Lines outside the range."""
        low, high = self.at_least or 0, self.at_most or 0
        return [(start, stop) for start, stop in lines(text) if not low <= stop - start <= high]


class EndedLines(Threshold):
    """Too few lines that end a sentence."""

    signal, below = "ended_line_fraction", "less"
    noun = "of the lines end with a full stop or the like"

    def places(self, text: str) -> Places:
        """The lines that do not."""
        return [(start, stop) for start, stop in lines(text) if text[stop - 1] not in LINE_ENDERS]


class Newlines(Threshold):
    """Too many line breaks per word."""

    signal, noun = "newline_word_ratio", "as many line breaks as words"
