"""One compiled pass over the n-grams of every text, n = 2 to 10, for all signals of repetition.

An n-gram that comes twice begins with an (n-1)-gram that comes twice. So only those places are
looked at again for n that still stood after n - 1: in ordinary text few are left after n = 4, and
all nine sizes cost little more than the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, table_size

SMALLEST, LARGEST = 2, 10
#: Repeated n-grams of this size are counted, for the repetition rate.
RATE_WINDOW = 5
#: Up to here the most frequent n-gram is wanted, from the next on what repeated ones cover.
LARGEST_TOP = 4
_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)


@compiled
def _owner_of(table: Any, shift: Any, stamp: int, gram: Any, place: int) -> Any:
    """Who put ``gram`` into the table of this ``stamp``; ``place`` itself when nobody had.

    ``table`` is [slots, 2]: n-gram; stamp in the upper half, owner in the lower. Side by side they
    are mostly one look into memory.
    """
    mask = len(table) - 1
    slot = np.int64((gram * _POLYNOMIAL) >> shift) & mask
    while np.int64(table[slot, 1] >> _HALF) == stamp:
        if table[slot, 0] == gram:
            return np.int64(table[slot, 1] & _LOWER)
        slot = (slot + 1) & mask
    table[slot, 0] = gram
    table[slot, 1] = np.uint64(stamp) << _HALF | np.uint64(place)
    return place


@compiled
def _shift_of(num_slots: int) -> Any:
    """By how much a hash of 64 bits is moved so that it is a slot."""
    bits = 0
    while (1 << bits) < num_slots:
        bits += 1
    return np.uint64(64 - bits)


@compiled
def _make_longer(hashes: Any, sizes: Any, work: Any, num_places: int, window: int) -> None:
    """Make n-grams of (n-1)-grams."""
    grams, places, reach = work[0], work[1], work[2]
    for place in range(num_places):
        last = places[place] + window - 1
        grams[place] = grams[place] * _POLYNOMIAL + hashes[last]
        reach[place] += sizes[last]


@compiled
def _mark_likely(work: Any, seen: Any, num_places: int) -> None:
    """Mark the n-grams of which another one may be equal, and all that have an equal one.

    ``seen`` has some slots for each n-gram. Without a search it is quicker than the table, which
    then has few to look at.
    """
    grams, is_repeated = work[0], work[4]
    mask = np.uint64(table_size(2 * num_places) - 1)
    seen[: np.int64(mask) + 1] = 0
    for place in range(num_places):
        slot = np.int64((grams[place] * _POLYNOMIAL) >> np.uint64(32) & mask)
        seen[slot] = 2 * (seen[slot] > 0) + 1
    for place in range(num_places):
        slot = np.int64((grams[place] * _POLYNOMIAL) >> np.uint64(32) & mask)
        is_repeated[place] = seen[slot] > 1


@compiled
def _count(sizes: Any, work: Any, table: Any, num_places: int, window: int, stamp: int) -> Any:
    """Note which n-grams come twice; what is counted of them.

    (how often the most frequent one comes, its characters, characters that repeated ones cover,
    how many equal an earlier one).
    """
    grams, places, reach, counts, is_repeated = work
    shift = _shift_of(table_size(num_places))
    most, longest, covered, uncounted, repeats = 1, 0, 0, 0, 0
    for place in range(num_places):
        owner = _owner_of(table, shift, stamp, grams[place], place)
        counts[place], is_repeated[place] = 1, owner != place
        if owner == place:
            continue
        is_repeated[owner] = True
        repeats += 1
        counts[owner] += 1
        if counts[owner] > most:
            most, longest = counts[owner], reach[place]
        elif counts[owner] == most:
            longest = max(longest, reach[place])
        if window > LARGEST_TOP:
            last = places[place] + window - 1
            for word in range(max(places[place], uncounted), last + 1):
                covered += sizes[word]
            uncounted = last + 1
    return most, longest, covered, repeats


@compiled
def _only_repeated(work: Any, num_places: int) -> int:
    """Move the n-grams that come twice to the front; how many they are."""
    grams, places, reach, _, is_repeated = work
    left = 0
    for place in range(num_places):
        if is_repeated[place]:
            grams[left], places[left], reach[left] = grams[place], places[place], reach[place]
            left += 1
    return left


@compiled
def _most_words(word_offsets: Any) -> int:
    largest = 1
    for text in range(len(word_offsets) - 1):
        largest = max(largest, word_offsets[text + 1] - word_offsets[text])
    return largest


@compiled
def ngram_facts(hashes: Any, sizes: Any, word_offsets: Any) -> Any:
    """([texts, 10] characters per n = 2 to 10, [texts] characters of all words).

    n = 2 to 4: characters of the most frequent n-gram times its count, 0 when none comes twice; of
    equally frequent ones the longest; never more than the whole. n = 5 to 10: characters of words
    covered by an n-gram that stood earlier in the text, each word once. The last column has how
    many 5-grams equal an earlier one.
    """
    num_texts, room = len(word_offsets) - 1, _most_words(word_offsets)
    slots = table_size(room)
    table = np.zeros((slots, 2), dtype=np.uint64)
    grams, places = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int64)
    reach, counts = np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.int64)
    work = (grams, places, reach, counts, np.zeros(room, dtype=np.bool_))
    seen = np.zeros(2 * slots, dtype=np.uint8)
    facts = np.zeros((num_texts, LARGEST - SMALLEST + 2), dtype=np.int64)
    totals = np.zeros(num_texts, dtype=np.int64)
    stamp = 0
    for text in range(num_texts):
        begin, end = word_offsets[text], word_offsets[text + 1]
        num_places = end - begin
        for place in range(num_places):
            grams[place], places[place] = hashes[begin + place], begin + place
            reach[place] = sizes[begin + place]
            totals[text] += sizes[begin + place]
        for window in range(SMALLEST, LARGEST + 1):
            stamp += 1
            while num_places and places[num_places - 1] + window > end:
                num_places -= 1
            if num_places < 2:
                break
            _make_longer(hashes, sizes, work, num_places, window)
            if window == SMALLEST:
                _mark_likely(work, seen, num_places)
                num_places = _only_repeated(work, num_places)
            most, longest, covered, repeats = _count(sizes, work, table, num_places, window, stamp)
            top = min(most * longest, totals[text])
            facts[text, window - SMALLEST] = top if window <= LARGEST_TOP else covered
            if window == RATE_WINDOW:
                facts[text, -1] = repeats
            num_places = _only_repeated(work, num_places)
    return facts, totals
