"""Likely misspellings by the corpus itself: a rare word that is one slip away from a frequent one.

1. Words of 6 to 24 letters, counted over all sampled documents.
2. A word is *known* when it was seen at least `LEAST_KNOWN` times.
3. Another one is a likely misspelling of a known word when it has the same first and last letter,
   lies at Damerau-Levenshtein distance 1 (a letter left out, put in, two neighbours exchanged, or,
   in words of `LEAST_CHANGED` letters or more, one changed), and the known word is at least
   `LEAST_RATIO` times as frequent.

No list of words and no language is needed. It sees only slips in words that the corpus uses often,
no right word in the wrong place, and takes a rare word for a slip when a frequent one is so near.
Candidates are found by deletions, as in SymSpell (Garbe 2012).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LEAST_KNOWN, LEAST_RATIO = 50, 50
#: Shorter words that differ in one letter are mostly two words.
LEAST_CHANGED = 8


@dataclass(frozen=True)
class Slip:
    """A word that is likely misspelt, what was likely meant, and how often each was seen."""

    word: str
    count: int
    meant: str
    meant_count: int


def likely_slips(counts: Mapping[str, int]) -> list[Slip]:
    """All likely misspellings among counted words, the most frequent first."""
    known = [word for word, count in counts.items() if count >= LEAST_KNOWN]
    by_deletion: dict[str, list[str]] = defaultdict(list)
    for word in sorted(known):
        for key in {word, *inner_deletions(word)}:
            by_deletion[key].append(word)
    found = []
    for word, count in counts.items():
        keys = {word, *inner_deletions(word)} if by_deletion else ()
        near = {
            meant
            for key in keys
            for meant in by_deletion.get(key, ())
            if counts[meant] >= LEAST_RATIO * count and is_one_slip(word, meant)
        }
        if near:
            meant = min(near, key=lambda one: (-counts[one], one))
            found.append(Slip(word, count, meant, counts[meant]))
    return sorted(found, key=lambda slip: (-slip.count, slip.word))


def inner_deletions(word: str) -> Iterator[str]:
    """The word without each one of its letters but the first and the last."""
    for place in range(1, len(word) - 1):
        yield word[:place] + word[place + 1 :]


def is_one_slip(word: str, meant: str) -> bool:
    """Whether one change, omission, insertion or exchange inside makes one from the other."""
    if word == meant or word[0] != meant[0] or word[-1] != meant[-1]:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    one, other = word[start:], meant[start:]
    if len(one) == len(other):
        is_exchange = one[:2] == other[1::-1] and one[2:] == other[2:]
        is_change = len(word) >= LEAST_CHANGED and one[1:] == other[1:]
        return is_change or is_exchange
    short, long = sorted((one, other), key=len)
    return long[1:] == short
