"""Where in a text words, lines and signs stand, for highlighting; for a page of texts, not a pass.

Places are (start, stop) in characters. Words and lines are cut as the compiled signals cut them.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from training.corpus.signals.characters import (
    LETTER,
    WHOLE_WORD,
    class_table,
    lower_table,
    ranges_of,
)

Place = tuple[int, int]
Places = list[Place]

_LINE = re.compile(r"[^\n]+")
_BLANK = " \t\r\v\f\n"
_MAX_PLACES = 500


def words(text: str) -> list[tuple[int, int, str]]:
    """(start, stop, the word in lower case) of every word."""
    found = _word_pattern().finditer(text)
    lowers = _lower_map()
    return [(match.start(), match.end(), match.group().translate(lowers)) for match in found]


def tokens(text: str) -> Places:
    """What stands between white space; a character of a script without spaces by itself."""
    return matches(text, _token_pattern())


def lines_of_words(text: str) -> Iterator[list[str]]:
    """The words of every line that has one."""
    for line in text.split("\n"):
        if found := [word for _, _, word in words(line)]:
            yield found


def lines(text: str) -> Iterator[Place]:
    """Every line that is not blank, without white space at its ends."""
    for match in _LINE.finditer(text):
        yield from _stripped(text, match.start(), match.end())


def paragraphs(text: str) -> Iterator[Place]:
    """Every run of lines between blank ones."""
    first = last = -1
    for start, stop in lines(text):
        if first >= 0 and text.count("\n", last, start) > 1:
            yield first, last
            first = -1
        first, last = (start if first < 0 else first), stop
    if first >= 0:
        yield first, last


def repeats(text: str, units: Iterator[Place]) -> Places:
    """The units that equal an earlier one."""
    seen: set[str] = set()
    found: Places = []
    for start, stop in units:
        unit = text[start:stop]
        if unit in seen:
            found.append((start, stop))
        seen.add(unit)
    return found


def repeated_ngrams(text: str, window: int) -> Places:
    """Words in runs of ``window`` words that came earlier."""
    cut = words(text)
    seen: set[tuple[str, ...]] = set()
    found: Places = []
    for first in range(len(cut) - window + 1):
        gram = tuple(word for _, _, word in cut[first : first + window])
        if gram in seen:
            found.append((cut[first][0], cut[first + window - 1][1]))
        seen.add(gram)
    return merged(found)


def top_ngram(text: str, window: int) -> Places:
    """Every copy of the most frequent run of ``window`` words; [] when none comes twice."""
    cut = words(text)
    grams = [
        tuple(word for _, _, word in cut[first : first + window])
        for first in range(len(cut) - window + 1)
    ]
    counts = Counter(grams)
    most = max(counts.values(), default=0)
    if most < 2:
        return []
    top = max((g for g, n in counts.items() if n == most), key=lambda g: sum(map(len, g)))
    places = [
        (cut[first][0], cut[first + window - 1][1])
        for first, gram in enumerate(grams)
        if gram == top
    ]
    return merged(places)


def matches(text: str, pattern: re.Pattern[str]) -> Places:
    """Every match of a pattern."""
    return [match.span() for match in pattern.finditer(text)]


def merged(places: Sequence[Place]) -> Places:
    """Ascending places as few that do not overlap; at most 500, which a page can show."""
    found: Places = []
    for start, stop in places:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        elif start < stop:
            found.append((start, stop))
    return found[:_MAX_PLACES]


def _stripped(text: str, start: int, stop: int) -> Iterator[Place]:
    piece = text[start:stop]
    first = start + len(piece) - len(piece.lstrip(_BLANK))
    last = start + len(piece.rstrip(_BLANK))
    if first < last:
        yield first, last


@functools.cache
def _lower_map() -> dict[int, int]:
    """Lower case as the signals have it: a character stays one, wherever it stands in a word."""
    table = lower_table()
    changed = np.flatnonzero(table != np.arange(len(table))).tolist()
    return {code: int(table[code]) for code in changed}


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    """A run of letters, or one character of a script without spaces."""
    table = class_table()
    return re.compile(f"[{ranges_of(table == LETTER)}]+|[{ranges_of(table == WHOLE_WORD)}]")


@functools.cache
def _token_pattern() -> re.Pattern[str]:
    alone = ranges_of(class_table() == WHOLE_WORD)
    return re.compile(rf"[{alone}]|[^\s{alone}]+")
