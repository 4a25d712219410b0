"""Words of a text with their counts, and into how many pieces a tokenizer cuts each of them.

Words are runs of letters of scripts with spaces, as they are written, and the words that rjieba
finds in runs of Chinese characters. Other scripts without spaces (kana, Thai ...) have no words
here: nothing says where one ends.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from training.corpus.signals.characters import LETTER, class_table, ranges_of
from training.vocabulary.spelling import Speller, han_run

MAX_WORD_CHARACTERS = 64
#: Of a count that is still open; the rare ones go when there are more.
_MOST_WORDS = 2_000_000


@dataclass(frozen=True)
class Shredded:
    """A word, how often it occurs, and of how many pieces it is."""

    word: str
    count: int
    num_pieces: int

    @property
    def num_saved(self) -> int:
        """Tokens that the text would be shorter by, were the word one piece."""
        return self.count * (self.num_pieces - 1)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(words_of(text))
        if len(counts) > _MOST_WORDS:
            counts = Counter({word: count for word, count in counts.items() if count > 1})
    return counts


def words_of(text: str) -> Iterator[str]:
    """The words of a text: those of scripts with spaces, then the Chinese ones."""
    yield from _spaced().findall(text)
    runs = han_run().findall(text)
    if runs:
        import rjieba

        for word in rjieba.cut("\n".join(runs)):
            if 1 < len(word) <= MAX_WORD_CHARACTERS and "\n" not in word:
                yield word


def shredded(
    speller: Speller, counts: Counter[str], *, min_count: int, min_pieces: int
) -> list[Shredded]:
    """Words of at least so many pieces, those first that would save most; ties by the word."""
    found = []
    for word, count in counts.items():
        if count < min_count:
            continue
        num_pieces = len(speller.of_word(word))
        if num_pieces >= min_pieces:
            found.append(Shredded(word, count, num_pieces))
    return sorted(found, key=lambda one: (-one.num_saved, one.word))


@functools.cache
def _spaced() -> re.Pattern[str]:
    """Runs of letters and marks of scripts with spaces, without digits and underscores."""
    mask = class_table() == LETTER
    for code in np.flatnonzero(mask):
        mask[code] = not chr(code).isnumeric()
    mask[ord("_")] = False
    letters = ranges_of(mask)
    return re.compile(f"[{letters}]{{2,{MAX_WORD_CHARACTERS}}}")
