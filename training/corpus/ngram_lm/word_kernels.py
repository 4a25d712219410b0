"""Compiled loops from bytes to word ids; the words are those of ``signals.kernels.hash_words``.

Id 0 is a word outside the vocabulary, 1 the beginning of a line, 2 its end. A line is what stands
between line feeds; one without a word is no line.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, decode, mix

UNKNOWN, START, END = 0, 1, 2
_HALF = np.uint64(32)
_EMPTY = np.uint64(0)


@compiled
def slot_of(key: Any, size: int) -> Any:
    """Where a search for ``key`` begins: the upper half of the key, scaled to the table."""
    return np.int64(((key >> _HALF) * np.uint64(size)) >> _HALF)


@compiled
def find(keys: Any, key: Any) -> Any:
    """Slot of ``key`` in column 0 of a table with open addressing; -1 when it is not there."""
    size = len(keys)
    if size == 0:
        return -1
    slot = slot_of(key, size)
    while keys[slot, 0] != _EMPTY:
        if keys[slot, 0] == key:
            return slot
        slot += 1
        if slot == size:
            slot = 0
    return -1


@compiled
def put(keys: Any, key: Any) -> Any:
    """Slot of ``key``, which is taken if it was free. The table must have room."""
    size = len(keys)
    slot = slot_of(key, size)
    while keys[slot, 0] != _EMPTY and keys[slot, 0] != key:
        slot += 1
        if slot == size:
            slot = 0
    keys[slot, 0] = key
    return slot


@compiled
def fill_vocabulary(table: Any, hashes: Any, ids: Any) -> None:
    """Put (hash, id) of every word into an empty table."""
    for place in range(len(hashes)):
        table[put(table, hashes[place]), 1] = np.uint64(ids[place])


@compiled
def _id_of(table: Any, word: Any) -> Any:
    slot = find(table, word)
    return np.int64(table[slot, 1]) if slot >= 0 else UNKNOWN


@compiled
def place_ids(
    data: Any, offsets: Any, classes: Any, lowers: Any, table: Any, ids: Any, starts: Any
) -> Any:
    """Write every word's id and first byte, and an END after each line; returns ids per text.

    ``ids`` and ``starts`` have room for a place per byte and two per text.
    """
    num_texts = len(offsets) - 1
    bounds = np.zeros(num_texts + 1, dtype=np.int64)
    to = 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        state, start, has_words = FNV_START, np.int64(-1), False
        while at < end:
            code, num_bytes = decode(data, at)
            kind = classes[code] if code < len(classes) else 0
            if kind == 1:
                if start < 0:
                    start = at
                state = (state ^ np.uint64(lowers[code])) * FNV_PRIME
                at += num_bytes
                continue
            if start >= 0:
                ids[to], starts[to] = _id_of(table, mix(state)), start
                to += 1
                state, start, has_words = FNV_START, np.int64(-1), True
            if kind == 2:
                alone = mix((FNV_START ^ np.uint64(code)) * FNV_PRIME)
                ids[to], starts[to] = _id_of(table, alone), at
                to += 1
                has_words = True
            if code == 10 and has_words:
                ids[to], starts[to] = END, -1
                to += 1
                has_words = False
            at += num_bytes
        if start >= 0:
            ids[to], starts[to] = _id_of(table, mix(state)), start
            to += 1
            has_words = True
        if has_words:
            ids[to], starts[to] = END, -1
            to += 1
        bounds[text + 1] = to
    return bounds


@compiled
def first_places(ids: Any, starts: Any, is_spelled: Any, found: Any) -> int:
    """Where words stand that have no spelling yet: writes (id, first byte); how many there are."""
    count = 0
    for place in range(len(ids)):
        word = ids[place]
        if word > END and not is_spelled[word]:
            is_spelled[word] = True
            found[count, 0], found[count, 1] = word, starts[place]
            count += 1
    return count


@compiled
def spell(data: Any, end: int, start: int, classes: Any, lowers: Any, codes: Any) -> int:
    """Write the code points of the word at byte ``start``, in lower case; how many there are."""
    at, count = start, 0
    while at < end:
        code, num_bytes = decode(data, at)
        kind = classes[code] if code < len(classes) else 0
        if kind == 2 and count == 0:
            codes[0] = code
            return 1
        if kind != 1:
            return count
        if count < len(codes):
            codes[count] = lowers[code]
        count += 1
        at += num_bytes
    return count
