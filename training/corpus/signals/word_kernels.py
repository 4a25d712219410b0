"""Compiled loops over characters, tokens between white space, and frequent runs of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode, is_space, mix, table_size

_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_ALPHABETIC, _DIGIT, _HAN, _ALONE = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)


@compiled
def character_facts(data: Any, offsets: Any, kinds: Any) -> Any:
    """[texts, 6]: characters, digits, Han, tokens, tokens with a letter, symbols.

    White space is no character here. A token is a run between white space; a character of a
    script without spaces is a token of its own. Symbols are # and ellipses ("..." or one sign).
    """
    num_texts = len(offsets) - 1
    facts = np.zeros((num_texts, 6), dtype=np.int64)
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        is_open, has_letter, dots = False, False, 0
        while at < end:
            code, num_bytes = decode(data, at)
            at += num_bytes
            kind = kinds[code] if code < len(kinds) else np.uint8(0)
            space, alone = is_space(code), (kind & _ALONE) != 0
            if is_open and (space or alone):
                facts[text, 3] += 1
                facts[text, 4] += has_letter
                is_open, has_letter = False, False
            dots = dots + 1 if code == 46 else 0
            if dots == 3 or code == 35 or code == 0x2026:
                facts[text, 5] += 1
                dots = 0
            if space:
                continue
            is_letter = (kind & _ALPHABETIC) != 0
            facts[text, 0] += 1
            facts[text, 1] += (kind & _DIGIT) != 0
            facts[text, 2] += (kind & _HAN) != 0
            if alone:
                facts[text, 3] += 1
                facts[text, 4] += is_letter
            else:
                is_open, has_letter = True, has_letter or is_letter
        if is_open:
            facts[text, 3] += 1
            facts[text, 4] += has_letter
    return facts


@compiled
def _slot_of(keys: Any, stamps: Any, counts: Any, mask: Any, stamp: int, key: Any) -> Any:
    """Where ``key`` is in the table of this ``stamp``; a new one has the count 0."""
    slot = np.int64(key & mask)
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + 1) & np.int64(mask)
    if stamps[slot] != stamp:
        stamps[slot], keys[slot], counts[slot] = stamp, key, 0
    return slot


@compiled
def top_ngram_sizes(hashes: Any, sizes: Any, word_offsets: Any, window: int) -> Any:
    """(characters of the most frequent n-gram times its count, characters of words) of each text.

    0 when no n-gram comes twice; of equally frequent ones the longest; never more than the whole.
    """
    num_texts = len(word_offsets) - 1
    largest = 0
    for text in range(num_texts):
        largest = max(largest, word_offsets[text + 1] - word_offsets[text])
    room = table_size(largest)
    keys, stamps = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int64)
    counts = np.zeros(room, dtype=np.int64)
    power = np.uint64(1)
    for _ in range(window):
        power *= _POLYNOMIAL
    covered = np.zeros(num_texts, dtype=np.int64)
    totals = np.zeros(num_texts, dtype=np.int64)
    for text in range(num_texts):
        begin, end = word_offsets[text], word_offsets[text + 1]
        mask = np.uint64(table_size(end - begin) - 1)
        rolling, size, most, longest = np.uint64(0), 0, 1, 0
        for word in range(begin, end):
            totals[text] += sizes[word]
            size += sizes[word]
            rolling = rolling * _POLYNOMIAL + hashes[word]
            if word - begin >= window:
                rolling -= hashes[word - window] * power
                size -= sizes[word - window]
            if word - begin < window - 1:
                continue
            key = mix(rolling)
            slot = _slot_of(keys, stamps, counts, mask, text + 1, key)
            counts[slot] += 1
            if counts[slot] > most:
                most, longest = counts[slot], size
            elif counts[slot] == most and most > 1:
                longest = max(longest, size)
        if most > 1:
            covered[text] = min(most * longest, totals[text])
    return covered, totals
