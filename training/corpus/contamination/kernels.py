"""Compiled loops of the search: words as hashes, runs of words, and which of them an item holds.

Equal hashes are candidates only: `find` compares the words themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, decode, mix

_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)


@compiled
def hash_words(data: Any, offsets: Any, classes: Any, folds: Any, hashes: Any) -> Any:
    """Write the hash of every word as `words.cut` has it; returns words per text as offsets."""
    num_texts = len(offsets) - 1
    word_offsets = np.zeros(num_texts + 1, dtype=np.int64)
    word = 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        state, is_open = FNV_START, False
        while at < end:
            code, num_bytes = np.int64(data[at]), 1
            if code >= 0x80:
                code, num_bytes = decode(data, at)
            at += num_bytes
            kind = classes[code] if code < len(classes) else 0
            if kind == 1:
                state = (state ^ np.uint64(folds[code])) * FNV_PRIME
                is_open = True
                continue
            if kind == 3:
                continue
            if is_open:
                hashes[word] = mix(state)
                word += 1
                state, is_open = FNV_START, False
            if kind == 2:
                hashes[word] = mix((FNV_START ^ np.uint64(folds[code])) * FNV_PRIME)
                word += 1
        if is_open:
            hashes[word] = mix(state)
            word += 1
        word_offsets[text + 1] = word
    return word_offsets


@compiled
def power_of(window: int) -> Any:
    """What the oldest word of a run of ``window`` words was multiplied by."""
    power = np.uint64(1)
    for _ in range(window):
        power *= _POLYNOMIAL
    return power


@compiled
def grams(hashes: Any, word_offsets: Any, window: int) -> Any:
    """[words]: the hash of the run of ``window`` words that begins there; 0 where none does."""
    found = np.zeros(len(hashes), dtype=np.uint64)
    power = power_of(window)
    for text in range(len(word_offsets) - 1):
        begin, rolling = word_offsets[text], _ZERO
        for word in range(begin, word_offsets[text + 1]):
            rolling = rolling * _POLYNOMIAL + hashes[word]
            if word - begin >= window:
                rolling -= hashes[word - window] * power
            if word - begin >= window - 1:
                found[word - window + 1] = mix(rolling)
    return found


@compiled
def fill(keys: Any, slots: Any, bits: Any, shift: int) -> None:
    """Put the place + 1 of every key into ``slots`` (open addressing), and its bit into ``bits``.

    Both have a power of two of places; ``shift`` leaves of a key as many upper bits as number the
    bits.
    """
    mask = np.uint64(len(slots) - 1)
    for place in range(len(keys)):
        slot = np.int64(keys[place] & mask)
        while slots[slot]:
            slot = np.int64(np.uint64(slot + 1) & mask)
        slots[slot] = place + 1
        bit = keys[place] >> np.uint64(shift)
        bits[np.int64(bit >> np.uint64(3))] |= np.uint8(_ONE << (bit & np.uint64(7)))


@compiled
def find(
    hashes: Any, word_offsets: Any, window: int, keys: Any, slots: Any, bits: Any, shift: int,
    found: Any,
) -> int:  # fmt: skip
    """Write (text, word in the text, place in ``keys``) of every run that is a key.

    Returns how many there are; those beyond the rows of ``found`` are only counted.
    """
    count, room = 0, len(found)
    power, mask = power_of(window), np.uint64(len(slots) - 1)
    upper = np.uint64(shift)
    for text in range(len(word_offsets) - 1):
        begin, rolling = word_offsets[text], _ZERO
        for word in range(begin, word_offsets[text + 1]):
            rolling = rolling * _POLYNOMIAL + hashes[word]
            if word - begin >= window:
                rolling -= hashes[word - window] * power
            if word - begin < window - 1:
                continue
            gram = mix(rolling)
            bit = gram >> upper
            if not (bits[np.int64(bit >> np.uint64(3))] >> np.uint8(bit & np.uint64(7))) & 1:
                continue
            slot = np.int64(gram & mask)
            while slots[slot]:
                place = slots[slot] - 1
                if keys[place] == gram:
                    if count < room:
                        found[count, 0] = text
                        found[count, 1] = word - begin - window + 1
                        found[count, 2] = place
                    count += 1
                    break
                slot = np.int64(np.uint64(slot + 1) & mask)
    return count
