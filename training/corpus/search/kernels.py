"""Compiled loops of search: matching a phrase in UTF-8, and the bits of its grams.

Texts are as in ``signals.kernels``: UTF-8 in ``data``, text d from ``offsets[d]`` to
``offsets[d + 1]``. ``table`` maps code points (``search.folding``); white space is 32.

A *gram* begins at a character and ends with the first character by which it has `GRAM_BYTES`
bytes: five of ASCII, three of Cyrillic, two of Han. It is cut from the folded text with single
spaces, and packed into 64 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode

GRAM_BYTES = 5
_SPACE = 32
_KEEP = np.uint64((1 << (8 * GRAM_BYTES)) - 1)
_EIGHT = np.uint64(8)
_HALF = np.uint64(32)
_THREE, _SEVEN = np.uint64(3), np.uint64(7)
#: Grams hashed in one go.
_AT_ONCE = 1 << 14
_EIGHT_32 = np.uint32(8)
_BEFORE = np.uint64(GRAM_BYTES - 1)
#: 2^64 over the golden ratio, odd (multiplicative hashing: Knuth, volume 3, 6.4).
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@compiled
def match_at(data: Any, at: int, end: int, table: Any, codes: Any) -> int:
    """Where the phrase that begins at ``at`` ends, or -1. White space matches any run of it."""
    for wanted in codes:
        if at >= end:
            return -1
        code, size = decode(data, at)
        folded = table[code] if code < len(table) else code
        if folded != wanted:
            return -1
        at += size
        if wanted == _SPACE:
            while at < end:
                code, size = decode(data, at)
                if code >= len(table) or table[code] != _SPACE:
                    break
                at += size
    return at


@compiled
def find(
    data: Any, offsets: Any, is_wanted: Any, table: Any, codes: Any, pairs: Any, most: int
) -> Any:
    """(hits of every text, places [hits kept, 3]: text, first byte, byte behind it).

    At most ``most`` places are kept of one text; all are counted. ``pairs`` [65,536] says with
    which two bytes a hit may begin. Hits do not overlap, the leftmost first.
    """
    num_texts = len(offsets) - 1
    counts = np.zeros(num_texts, dtype=np.int64)
    places = np.empty((64, 3), dtype=np.int64)
    kept = 0
    for text in range(num_texts):
        begin, end = offsets[text], offsets[text + 1]
        if not is_wanted[text] or begin >= end:
            continue
        free, byte = begin, np.uint32(data[begin])
        for at in range(begin, end):
            # Unsigned places: numba then leaves out the test for negative ones.
            following = np.uint32(data[np.uint64(at + 1)]) if at + 1 < end else np.uint32(0)
            is_candidate = pairs[(byte << _EIGHT_32) | following]
            byte = following
            if not is_candidate or at < free:
                continue
            stop = match_at(data, at, end, table, codes)
            if stop < 0:
                continue
            free = stop
            counts[text] += 1
            if counts[text] > most:
                continue
            if kept == len(places):
                larger = np.empty((2 * kept, 3), dtype=np.int64)
                larger[:kept] = places
                places = larger
            places[kept, 0], places[kept, 1], places[kept, 2] = text, at, stop
            kept += 1
    return counts, places[:kept]


@compiled
def write_folded(data: Any, at: int, end: int, table: Any, result: Any) -> Any:
    """Write a text folded and with single spaces as UTF-8; returns its bytes."""
    to, was_space = np.uint64(0), False
    one = np.uint64(1)
    while at < end:
        byte = data[np.uint64(at)]
        code, size = np.int64(byte), 1
        if byte >= 0x80:
            code, size = decode(data, at)
        at += size
        if code < len(table):
            code = np.int64(table[np.uint64(code)])
        if code < 0x80:
            # Without a branch: what is written in vain is written over.
            is_space = code == _SPACE
            result[to] = code
            to += np.uint64(not (is_space and was_space))
            was_space = is_space
            continue
        was_space = False
        num_bytes = 2 + (code >= 0x800) + (code >= 0x10000)
        result[to] = ((0xF00 >> num_bytes) & 0xFF) | (code >> (6 * (num_bytes - 1)))
        to += one
        for left in range(num_bytes - 2, -1, -1):
            result[to] = 0x80 | ((code >> (6 * left)) & 0x3F)
            to += one
    return np.int64(to)


@compiled
def gram_hashes(text: Any, first: int, stop: int, size: int, result: Any) -> Any:
    """Write the 32-bit hash of every gram that begins in [first, stop) of a folded text.

    ``size`` is the number of bytes of the text; returns how many grams there are.
    """
    written, key, one = np.uint64(0), np.uint64(0), np.uint64(1)
    for place in range(first, min(first + GRAM_BYTES - 1, size)):
        key = (key << _EIGHT) | np.uint64(text[place])
    for last in range(first + GRAM_BYTES - 1, min(stop + GRAM_BYTES - 1, size)):
        at = np.uint64(last)
        key = ((key << _EIGHT) | np.uint64(text[at])) & _KEEP
        if (text[at - _BEFORE] & 0xC0) == 0x80:
            continue
        gram, behind = key, last + 1
        while behind < size and (text[np.uint64(behind)] & 0xC0) == 0x80:
            gram = (gram << _EIGHT) | np.uint64(text[behind])
            behind += 1
        result[written] = np.uint32((gram * _FACTOR) >> _HALF)
        written += one
    return np.int64(written)


@compiled
def write_bits(data: Any, offsets: Any, table: Any, bounds: Any, starts: Any, result: Any) -> None:
    """Set the bit of every gram: block b, the texts ``bounds[b]`` to ``bounds[b + 1]``.

    Its bits are the bytes ``starts[b]`` to ``starts[b + 1]`` of ``result``.
    """
    longest = 0
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    folded = np.empty(2 * longest + 8, dtype=np.uint8)
    hashes = np.empty(_AT_ONCE, dtype=np.uint32)
    for block in range(len(bounds) - 1):
        first = np.uint64(starts[block])
        num_bits = np.uint64(8 * (starts[block + 1] - starts[block]))
        for text in range(bounds[block], bounds[block + 1]):
            size = write_folded(data, offsets[text], offsets[text + 1], table, folded)
            for begin in range(0, size, _AT_ONCE):
                count = gram_hashes(folded, begin, begin + _AT_ONCE, size, hashes)
                for place in range(count):
                    bit = (np.uint64(hashes[place]) * num_bits) >> _HALF
                    result[first + (bit >> _THREE)] |= np.uint8(1) << np.uint8(bit & _SEVEN)


@compiled
def blocks_with(bits: Any, starts: Any, hashes: Any) -> Any:
    """Which blocks may hold a text with all of these grams."""
    num_blocks = len(starts) - 1
    result = np.ones(num_blocks, dtype=np.bool_)
    for block in range(num_blocks):
        first = starts[block]
        num_bits = np.uint64(8 * (starts[block + 1] - first))
        for value in hashes:
            bit = np.int64((np.uint64(value) * num_bits) >> _HALF)
            if not (bits[first + (bit >> 3)] >> (bit & 7)) & 1:
                result[block] = False
                break
    return result
