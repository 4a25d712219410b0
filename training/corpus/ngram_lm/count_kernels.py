"""Compiled loops that count n-grams: windows of ids as 128-bit keys, sorted and summed.

A key is ``high`` = last word, one before, two before (21 bits each) and ``low`` = three and four
before. So sorted, n-grams that end alike stand together, and all lower orders can be read off in
one pass. A missing word is 0: what stands before a line, or beyond an unknown word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.ngram_lm.word_kernels import END, START, UNKNOWN
from training.corpus.signals.kernels import compiled

#: Words in a key.
MOST_ORDER = 5
_BITS = 21
_MASK = np.uint64((1 << _BITS) - 1)
_DIGIT_BITS = np.uint64(11)
_NUM_DIGITS = 1 << 11
_DIGIT_MASK = np.uint64(_NUM_DIGITS - 1)
_LOW_PASSES, _PASSES = 4, 10


@compiled
def word_at(high: Any, low: Any, place: int) -> Any:
    """The word ``place`` (1 is the last)."""
    if place <= 3:
        return (high >> np.uint64(_BITS * (3 - place))) & _MASK
    return (low >> np.uint64(_BITS * (5 - place))) & _MASK


@compiled
def packed(words: Any) -> Any:
    """The key of words given last one first, missing ones 0 [5]."""
    high, low = np.uint64(0), np.uint64(0)
    for place in range(3):
        high = (high << np.uint64(_BITS)) | np.uint64(words[place])
    for place in range(3, MOST_ORDER):
        low = (low << np.uint64(_BITS)) | np.uint64(words[place])
    return high, low


@compiled
def windows(ids: Any, offsets: Any, order: int, highs: Any, lows: Any) -> int:
    """Write the key of every known word with up to ``order`` - 1 before it; how many there are.

    An unknown word has no key, and ends the history of the words behind it.
    """
    before = np.zeros(MOST_ORDER, dtype=np.int64)
    to = 0
    for text in range(len(offsets) - 1):
        _begin_line(before, order)
        for place in range(offsets[text], offsets[text + 1]):
            word = np.int64(ids[place])
            if word == UNKNOWN:
                before[:] = 0
                continue
            before[0] = word
            highs[to], lows[to] = packed(before)
            to += 1
            for back in range(order - 1, 0, -1):
                before[back] = before[back - 1]
            if word == END:
                _begin_line(before, order)
    return to


@compiled
def _begin_line(before: Any, order: int) -> None:
    before[:] = 0
    if order > 1:
        before[1] = START


@compiled
def _digit(high: Any, low: Any, number: int) -> Any:
    if number < _LOW_PASSES:
        return np.int64((low >> (np.uint64(number) * _DIGIT_BITS)) & _DIGIT_MASK)
    return np.int64((high >> (np.uint64(number - _LOW_PASSES) * _DIGIT_BITS)) & _DIGIT_MASK)


@compiled
def sort(highs: Any, lows: Any, counts: Any, spare: Any) -> Any:
    """Radix sort by key; ``spare`` is a second set of the three arrays. Returns the sorted set."""
    size = len(highs)
    numbers = np.zeros((_PASSES, _NUM_DIGITS), dtype=np.int64)
    for place in range(size):
        for number in range(_PASSES):
            numbers[number, _digit(highs[place], lows[place], number)] += 1
    from_high, from_low, from_counts = highs, lows, counts
    to_high, to_low, to_counts = spare
    for number in range(_PASSES):
        if size == 0 or numbers[number].max() == size:
            continue
        starts = np.cumsum(numbers[number]) - numbers[number]
        for place in range(size):
            digit = _digit(from_high[place], from_low[place], number)
            to = starts[digit]
            starts[digit] += 1
            to_high[to] = from_high[place]
            to_low[to] = from_low[place]
            to_counts[to] = from_counts[place]
        from_high, to_high = to_high, from_high
        from_low, to_low = to_low, from_low
        from_counts, to_counts = to_counts, from_counts
    return from_high, from_low, from_counts


@compiled
def sum_equal(highs: Any, lows: Any, counts: Any) -> int:
    """Make one row of equal neighbours, in place; how many rows are left."""
    to = -1
    for place in range(len(highs)):
        if to >= 0 and highs[place] == highs[to] and lows[place] == lows[to]:
            counts[to] += counts[place]
        else:
            to += 1
            highs[to], lows[to], counts[to] = highs[place], lows[place], counts[place]
    return to + 1


@compiled
def _num_common(high: Any, low: Any, other_high: Any, other_low: Any) -> int:
    """Last words that two keys share."""
    for place in range(1, MOST_ORDER + 1):
        if word_at(high, low, place) != word_at(other_high, other_low, place):
            return place - 1
    return MOST_ORDER


@compiled
def ending(high: Any, low: Any, order: int) -> Any:
    """The key of the last ``order`` words alone."""
    if order < 3:
        kept = np.uint64(_BITS * (3 - order))
        return (high >> kept) << kept, np.uint64(0)
    kept = np.uint64(_BITS * (MOST_ORDER - order))
    return high, (low >> kept) << kept


@compiled
def split_orders(
    highs: Any, lows: Any, counts: Any, order: int, last: Any, found: Any, found_counts: Any,
    more: Any,
) -> Any:  # fmt: skip
    """From sorted windows, the n-grams of every order with their adjusted counts.

    Adjusted (Chen and Goodman 1998): of the highest order, and of those that begin a line, how
    often it was seen; of any other, how many different words stand before it, an unknown one or
    none counting once. ``last`` [2] is the key of the row before. Writes keys into ``found``
    [order, rows, 2] and counts into ``found_counts`` [order, rows]; ``more`` [order] is what the
    last n-gram of earlier rows gets besides. Returns how many were written of each order.
    """
    sizes = np.zeros(order, dtype=np.int64)
    before_high, before_low = last[0], last[1]
    for row in range(len(highs)):
        high, low = highs[row], lows[row]
        shared = _num_common(high, low, before_high, before_low)
        for place in range(1, order + 1):
            word = word_at(high, low, place)
            if word == 0:
                break
            level = place - 1
            if place > shared:
                is_seen = place == order or word == START
                key_high, key_low = ending(high, low, place)
                found[level, sizes[level], 0] = key_high
                found[level, sizes[level], 1] = key_low
                found_counts[level, sizes[level]] = counts[row] if is_seen else 1
                sizes[level] += 1
            elif place == shared:
                if sizes[level]:
                    found_counts[level, sizes[level] - 1] += 1
                else:
                    more[level] += 1
        before_high, before_low = high, low
    last[0], last[1] = before_high, before_low
    return sizes
