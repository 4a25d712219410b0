"""Rules on words and characters: how many, how long, which."""

from __future__ import annotations

import re

from training.corpus.places import Places, matches, words
from training.corpus.rules.threshold import Threshold
from training.corpus.signals.characters import HAN_RANGES
from training.corpus.signals.stop_words import common_words, stop_words

_SYMBOLS = re.compile(r"#|\.\.\.|…")
_DIGITS = re.compile(r"\d+")
_TOKENS = re.compile(r"\S+")
_HAN = "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN_RANGES)
_NOT_HAN = re.compile(rf"[^\s{_HAN}](?:[^{_HAN}]*[^\s{_HAN}])?")


class WordCount(Threshold):
    """Too few or too many words (Gopher: 50 to 100,000)."""

    signal, style = "word_count", "count"
    noun, one = "words", "word"

    def places(self, text: str) -> Places:
        """What stands after the last word that would be allowed."""
        cut = words(text)
        most = int(self.at_most or 0)
        return [(cut[most][0], len(text))] if len(cut) > most else []


class MeanWordLength(Threshold):
    """Words too short or too long on average (Gopher: 3 to 10)."""

    signal, style = "mean_word_length", "mean"
    noun, below = "characters per word", "less"

    def places(self, text: str) -> Places:
        """Of words too short on average those below the least, else those above the most."""
        cut = words(text)
        least, most = self.at_least or 0, self.at_most or 0
        is_short = sum(len(word) for _, _, word in cut) < least * len(cut)
        return [
            (start, stop)
            for start, stop, word in cut
            if (len(word) < least if is_short else len(word) > most)
        ]


class AlphabeticWords(Threshold):
    """Too few words with a letter (Gopher: 80 %)."""

    signal = "alphabetic_token_fraction"
    noun, below = "of the words hold a letter", "less"

    def places(self, text: str) -> Places:
        """Words without a letter."""
        return [
            match.span()
            for match in _TOKENS.finditer(text)
            if not any(map(str.isalpha, match.group()))
        ]


class StopWords(Threshold):
    """Too small a share of function words."""

    signal, noun = "stop_word_share", "function words"

    def places(self, text: str) -> Places:
        """The few that there are."""
        return [(start, stop) for start, stop, word in words(text) if word in stop_words()]


class DistinctStopWords(Threshold):
    """Too few of the commonest words (Gopher: 2 of 8)."""

    signal, style = "distinct_stop_words", "count"
    noun, one = "of the commonest words", "of the commonest words"

    def places(self, text: str) -> Places:
        """Those that there are."""
        return [(start, stop) for start, stop, word in words(text) if word in common_words()]


class Symbols(Threshold):
    """Too many # signs and ellipses per word (Gopher: 0.1)."""

    signal, noun = "symbol_word_ratio", "as many symbols as words"

    def places(self, text: str) -> Places:
        """The symbols."""
        return matches(text, _SYMBOLS)


class Digits(Threshold):
    """Too many digits."""

    signal, noun = "digit_share", "digits"

    def places(self, text: str) -> Places:
        """Runs of digits."""
        return matches(text, _DIGITS)


class Han(Threshold):
    """Too few Han characters."""

    signal, noun = "han_share", "Han characters"

    def places(self, text: str) -> Places:
        """What is not Han."""
        return matches(text, _NOT_HAN)
