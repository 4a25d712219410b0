"""Rules on the vocabulary of a document, its longest word and its sentences."""

from __future__ import annotations

from training.corpus.places import Places, tokens
from training.corpus.rules.threshold import Threshold


class UniqueWords(Threshold):
    """The same few words all the time."""

    signal, noun = "unique_word_fraction", "of the words differ"


class Entropy(Threshold):
    """A small or uneven vocabulary."""

    signal, style = "unigram_entropy", "mean"
    noun, below = "nats of entropy", "less"


class LongestWord(Threshold):
    """A word that is none."""

    signal, style = "longest_token", "count"
    noun, one = "characters in the longest word", "character in the longest word"

    def places(self, text: str) -> Places:
        """The words that are too long."""
        most = self.at_most or 0
        return [(start, stop) for start, stop in tokens(text) if stop - start > most]


class Sentences(Threshold):
    """Too few sentences."""

    signal, style = "sentence_count", "count"
    noun, one = "sentences", "sentence"
