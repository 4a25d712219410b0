"""Rules on phrases: the most frequent run of words, and runs that come again (Gopher A1).

What is counted stands in ``training.corpus.signals.repetition``.
"""

from __future__ import annotations

from training.corpus.places import Places, repeated_ngrams, top_ngram
from training.corpus.rules.threshold import Threshold


class Top2grams(Threshold):
    """Too much text in the most frequent run of two words."""

    signal = "top_2gram_share"
    noun = "of the text is its most frequent run of two words"
    window = 2

    def places(self, text: str) -> Places:
        """Every copy of that run."""
        return top_ngram(text, self.window)


class Top3grams(Top2grams):
    """Too much text in the most frequent run of three words."""

    signal = "top_3gram_share"
    noun = "of the text is its most frequent run of three words"
    window = 3


class Top4grams(Top2grams):
    """Too much text in the most frequent run of four words."""

    signal = "top_4gram_share"
    noun = "of the text is its most frequent run of four words"
    window = 4


class Repeated5grams(Threshold):
    """Too much text in repeated runs of five words."""

    signal = "repeated_5gram_share"
    noun = "of the text is in repeated runs of five words"
    window = 5

    def places(self, text: str) -> Places:
        """The copies after the first."""
        return repeated_ngrams(text, self.window)


class Repeated6grams(Repeated5grams):
    """Too much text in repeated runs of six words."""

    signal = "repeated_6gram_share"
    noun = "of the text is in repeated runs of six words"
    window = 6


class Repeated7grams(Repeated5grams):
    """Too much text in repeated runs of seven words."""

    signal = "repeated_7gram_share"
    noun = "of the text is in repeated runs of seven words"
    window = 7


class Repeated8grams(Repeated5grams):
    """Too much text in repeated runs of eight words."""

    signal = "repeated_8gram_share"
    noun = "of the text is in repeated runs of eight words"
    window = 8


class Repeated9grams(Repeated5grams):
    """Too much text in repeated runs of nine words."""

    signal = "repeated_9gram_share"
    noun = "of the text is in repeated runs of nine words"
    window = 9


class Repeated10grams(Repeated5grams):
    """Too much text in repeated runs of ten words."""

    signal = "repeated_10gram_share"
    noun = "of the text is in repeated runs of ten words"
    window = 10
