"""Rules on how often a text repeats itself, and on repeated lines and paragraphs.

The cuts on lines and paragraphs are Gopher's (A1: 0.30 by number, 0.20 by length).

What is counted stands in ``training.corpus.signals.repetition``.
"""

from __future__ import annotations

from training.corpus.places import Places, lines, paragraphs, repeated_ngrams, repeats
from training.corpus.rules.threshold import Threshold


class Repetition(Threshold):
    """The same runs of five words again and again."""

    signal, noun = "repetition_rate", "of the runs of five words stood earlier in the text"

    def places(self, text: str) -> Places:
        """The copies after the first."""
        return repeated_ngrams(text, 5)


class DuplicateLines(Threshold):
    """Too many repeated lines."""

    signal, noun = "duplicate_line_fraction", "of the lines repeat an earlier one"

    def places(self, text: str) -> Places:
        """The copies after the first."""
        return repeats(text, lines(text))


class DuplicateLineCharacters(DuplicateLines):
    """Too much text in repeated lines."""

    signal, noun = "duplicate_line_character_share", "of the text is in repeated lines"


class DuplicateParagraphs(Threshold):
    """Too many repeated paragraphs."""

    signal, noun = "duplicate_paragraph_fraction", "of the paragraphs repeat an earlier one"

    def places(self, text: str) -> Places:
        """The copies after the first."""
        return repeats(text, paragraphs(text))


class DuplicateParagraphCharacters(DuplicateParagraphs):
    """Too much text in repeated paragraphs."""

    signal = "duplicate_paragraph_character_share"
    noun = "of the text is in repeated paragraphs"
