"""Compiled loops of the estimation: sums per context, interpolated probabilities, tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.ngram_lm.count_kernels import ending, word_at
from training.corpus.ngram_lm.word_kernels import find, put
from training.corpus.signals.kernels import compiled, mix

_SEED = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = -99.0
_PRIME = np.uint64(0xD6E8FEB86659FD93)


@compiled
def longer(key: Any, word: Any) -> Any:
    """The hash of an n-gram with ``word`` put before it; that of nothing is 0."""
    return mix((key + _SEED) ^ (np.uint64(word) * _PRIME))


@compiled
def hash_of(high: Any, low: Any, first: int, last: int) -> Any:
    """Hash of the words at places ``first`` to ``last`` of a key (1 is its last word)."""
    key = np.uint64(0)
    for place in range(first, last + 1):
        key = longer(key, word_at(high, low, place))
    return key


@compiled
def context_slot(keys: Any, high: Any, low: Any, order: int) -> Any:
    """Where the context of an n-gram is: its slot in the table, for bigrams the word itself."""
    if order == 2:
        return np.int64(word_at(high, low, 2))
    return find(keys, hash_of(high, low, 2, order))


@compiled
def add_contexts(
    ngrams: Any, counts: Any, order: int, discounts: Any, keys: Any, totals: Any, held: Any
) -> None:
    """Add each n-gram's count, and what is taken off it, to the sums of its context."""
    for row in range(len(counts)):
        slot = context_slot(keys, ngrams[row, 0], ngrams[row, 1], order)
        totals[slot] += counts[row]
        held[slot] += discounts[min(np.int64(counts[row]), 3)]


@compiled
def probabilities(
    ngrams: Any, counts: Any, order: int, discounts: Any, keys: Any, totals: Any, held: Any,
    lower: Any, lower_values: Any, values: Any, at: int,
) -> int:  # fmt: skip
    """p(w | h) = (c - D) / sum(h) + held(h) / sum(h) p(w | shorter h), into ``values``.

    Both lists are sorted from the last word, so each shorter n-gram is at or behind the last one:
    the search goes on from ``at``, and returns where it has come to.
    """
    for row in range(len(counts)):
        high, low = ngrams[row, 0], ngrams[row, 1]
        shorter_high, shorter_low = ending(high, low, order - 1)
        while lower[at, 0] != shorter_high or lower[at, 1] != shorter_low:
            at += 1
        slot = context_slot(keys, high, low, order)
        count = np.float64(counts[row])
        own = (count - discounts[min(np.int64(counts[row]), 3)]) / totals[slot]
        values[row] = own + held[slot] / totals[slot] * lower_values[at]
    return at


@compiled
def fill_table(ngrams: Any, values: Any, order: int, keys: Any, numbers: Any) -> None:
    """Put every n-gram with its log10 probability into an empty table; its back-off is 0."""
    for row in range(len(values)):
        slot = put(keys, hash_of(ngrams[row, 0], ngrams[row, 1], 1, order))
        numbers[slot, 2] = min(0.0, np.log10(values[row]))
        numbers[slot, 3] = 0.0


@compiled
def put_section(ngrams: Any, values: Any, order: int, keys: Any, numbers: Any, shorter: Any) -> Any:
    """Put the n-grams of a file into an empty table; ``shorter`` holds those of one word less.

    Returns (the first row whose context is not there or -1, rows whose last words are not there).
    Every word is a unigram, so bigrams have both.
    """
    num_gaps = 0
    for row in range(len(ngrams)):
        high, low = ngrams[row, 0], ngrams[row, 1]
        slot = put(keys, hash_of(high, low, 1, order))
        numbers[slot, 2], numbers[slot, 3] = values[row, 0], values[row, 1]
        if order > 2:
            if find(shorter, hash_of(high, low, 2, order)) < 0:
                return row, num_gaps
            num_gaps += find(shorter, hash_of(high, low, 1, order - 1)) < 0
    return -1, num_gaps


@compiled
def set_backoffs(numbers: Any, column: int, totals: Any, held: Any) -> None:
    """The log10 of the mass that each context holds back, where it has n-grams of its own.

    With a discount of 0 that can be nothing, which no file can say.
    """
    for slot in range(len(totals)):
        if totals[slot] > 0:
            share = held[slot] / totals[slot]
            numbers[slot, column] = np.log10(share) if share > 0 else _NOTHING


@compiled
def values_of(ngrams: Any, order: int, keys: Any, numbers: Any, found: Any) -> None:
    """(log10 probability, back-off) of each n-gram, as its table has them."""
    for row in range(len(ngrams)):
        slot = find(keys, hash_of(ngrams[row, 0], ngrams[row, 1], 1, order))
        found[row, 0], found[row, 1] = numbers[slot, 2], numbers[slot, 3]
