"""Compiled loops over Arrow's bytes and offsets; nothing here knows of documents or files.

Texts are UTF-8, one after another in ``data``; text d is ``data[offsets[d]:offsets[d + 1]]``.
Words and lines are compared by 64-bit hashes (FNV-1a, finished with MurmurHash3's mixer): two
different ones within a document are taken for equal with a chance below 1e-9 at 100,000 words.
The plain-Python definition of every result is the oracle in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit

FNV_START = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile on first call, keep the code on disk, release the interpreter lock."""
    result: _Function = njit(cache=True, nogil=True)(function)
    return result


@compiled
def mix(value: Any) -> Any:
    value ^= value >> _SHIFT
    value *= _MIX_1
    value ^= value >> _SHIFT
    value *= _MIX_2
    return value ^ (value >> _SHIFT)


@compiled
def decode(data: Any, at: int) -> Any:
    """(code point, bytes) of the valid UTF-8 character at ``at``."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    second = np.int64(data[at + 1]) & 0x3F
    if first < 0xE0:
        return ((first & 0x1F) << 6) | second, 2
    third = np.int64(data[at + 2]) & 0x3F
    if first < 0xF0:
        return ((first & 0x0F) << 12) | (second << 6) | third, 3
    fourth = np.int64(data[at + 3]) & 0x3F
    return ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth, 4


@compiled
def hash_words(data: Any, offsets: Any, classes: Any, lowers: Any, hashes: Any, sizes: Any) -> Any:
    """Write every word's hash and length in characters; returns words per text as offsets."""
    num_texts = len(offsets) - 1
    word_offsets = np.zeros(num_texts + 1, dtype=np.int64)
    word = 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        state, size = FNV_START, 0
        while at < end:
            code, num_bytes = decode(data, at)
            at += num_bytes
            kind = classes[code] if code < len(classes) else 0
            if kind == 1:
                state = (state ^ np.uint64(lowers[code])) * FNV_PRIME
                size += 1
                continue
            if size:
                hashes[word], sizes[word] = mix(state), size
                word += 1
                state, size = FNV_START, 0
            if kind == 2:
                hashes[word] = mix((FNV_START ^ np.uint64(code)) * FNV_PRIME)
                sizes[word] = 1
                word += 1
        if size:
            hashes[word], sizes[word] = mix(state), size
            word += 1
        word_offsets[text + 1] = word
    return word_offsets


@compiled
def table_size(num_items: int) -> int:
    size = 16
    while size < 2 * num_items:
        size *= 2
    return size


@compiled
def seen_before(keys: Any, stamps: Any, mask: Any, stamp: int, key: Any) -> bool:
    """Whether ``key`` is in the table of this ``stamp``; puts it there if not."""
    slot = np.int64(key & mask)
    while stamps[slot] == stamp:
        if keys[slot] == key:
            return True
        slot = (slot + 1) & np.int64(mask)
    stamps[slot] = stamp
    keys[slot] = key
    return False


@compiled
def count_members(hashes: Any, word_offsets: Any, members: Any) -> Any:
    """How many words of each text are in the sorted array ``members``."""
    size = table_size(len(members))
    mask = np.uint64(size - 1)
    keys, stamps = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)
    for member in members:
        seen_before(keys, stamps, mask, 1, member)
    num_texts = len(word_offsets) - 1
    counts = np.zeros(num_texts, dtype=np.int64)
    for text in range(num_texts):
        for word in range(word_offsets[text], word_offsets[text + 1]):
            slot = np.int64(hashes[word] & mask)
            while stamps[slot] == 1:
                if keys[slot] == hashes[word]:
                    counts[text] += 1
                    break
                slot = (slot + 1) & np.int64(mask)
    return counts


@compiled
def is_blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@compiled
def end_of_line(data: Any, at: int, end: int) -> int:
    """Where the line feed from ``at`` on is; ``end`` when there is none."""
    while at < end and data[at] != 10:
        at += 1
    return at


@compiled
def is_space(code: Any) -> Any:
    """White space as ``str.split`` sees it."""
    return (
        code == 32
        or 9 <= code <= 13
        or 28 <= code <= 31
        or code == 0x85
        or code == 0xA0
        or code == 0x1680
        or 0x2000 <= code <= 0x200A
        or code == 0x2028
        or code == 0x2029
        or code == 0x202F
        or code == 0x205F
        or code == 0x3000
    )


@compiled
def single_spaced(data: Any, offsets: Any, result: Any) -> Any:
    """Write every text with runs of white space as one space and none at its ends.

    Returns (offsets of the written texts, whether each is ASCII).
    """
    num_texts = len(offsets) - 1
    written = np.zeros(num_texts + 1, dtype=np.int64)
    is_ascii = np.ones(num_texts, dtype=np.bool_)
    to = 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        is_due = False
        while at < end:
            code, num_bytes = np.int64(data[at]), 1
            if code > 32 and code < 0x80:
                if is_due:
                    result[to] = 32
                    to += 1
                    is_due = False
                result[to] = code
                to += 1
                at += 1
                continue
            if code >= 0x80:
                code, num_bytes = decode(data, at)
            if is_space(code):
                is_due = to > written[text]
            else:
                if is_due:
                    result[to] = 32
                    to += 1
                    is_due = False
                for place in range(num_bytes):
                    result[to + place] = data[at + place]
                to += num_bytes
                if num_bytes > 1:
                    is_ascii[text] = False
            at += num_bytes
        written[text + 1] = to
    return written, is_ascii
