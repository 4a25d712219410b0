"""Compiled search for a list's entries: one look-up for each word, longer runs where one begins.

Entries are a trie in one hash table: the key of a node is the hash of the words on the way to it,
and of whether each stands right behind the one before. A character of a script without spaces is
a word, so a run of them is found wherever it stands; a Latin word is found whole or not at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, decode, mix

_JOIN = np.uint64(0x9E3779B97F4A7C15)
_TOUCHING = np.uint64(0x5851F42D4C957F2D)
_EMPTY = np.uint64(0)
#: Columns of a node: key, entry + 1 (0 for none), whether longer entries go on.
KEY, ENTRY, GOES_ON = 0, 1, 2


@compiled
def child(node: Any, word: Any, is_touching: bool) -> Any:
    """Key of the node that a word leads to; never 0."""
    key = mix(node * _JOIN + word + (_TOUCHING if is_touching else _EMPTY))
    return key if key != _EMPTY else np.uint64(1)


@compiled
def slot(table: Any, key: Any) -> Any:
    """Where a key stands, or the free place where it would; the table must have room."""
    mask = np.int64(len(table) - 1)
    place = np.int64(key >> np.uint64(1)) & mask
    while table[place, KEY] != _EMPTY and table[place, KEY] != key:
        place = (place + 1) & mask
    return place


@compiled
def cut(
    data: Any, start: int, end: int, classes: Any, lowers: Any, hashes: Any, starts: Any, stops: Any
) -> int:
    """Write hash, first and last byte of every word of a text; how many there are."""
    at, count, first, state = start, 0, np.int64(-1), FNV_START
    while at < end:
        code, num_bytes = np.int64(data[at]), 1
        if code >= 0x80:
            code, num_bytes = decode(data, at)
        kind = classes[code] if code < len(classes) else 0
        if kind == 1:
            if first < 0:
                first, state = np.int64(at), FNV_START
            state = (state ^ np.uint64(lowers[code])) * FNV_PRIME
        else:
            if first >= 0:
                hashes[count], starts[count], stops[count] = mix(state), first, at
                count += 1
                first = np.int64(-1)
            if kind == 2:
                hashes[count] = mix((FNV_START ^ np.uint64(code)) * FNV_PRIME)
                starts[count], stops[count] = at, at + num_bytes
                count += 1
        at += num_bytes
    if first >= 0:
        hashes[count], starts[count], stops[count] = mix(state), first, end
        count += 1
    return count


@compiled
def _longest(
    table: Any, root: Any, at: int, count: int, hashes: Any, starts: Any, stops: Any
) -> Any:
    """(entry + 1 of the longest one that begins at word ``at``, its words); (0, 0) for none."""
    key, best, num_words, place = root, np.int64(0), 0, at
    while place < count:
        is_touching = place > at and starts[place] == stops[place - 1]
        key = child(key, hashes[place], is_touching)
        found = slot(table, key)
        if table[found, KEY] == _EMPTY:
            break
        place += 1
        if table[found, ENTRY] != _EMPTY:
            best, num_words = np.int64(table[found, ENTRY]), place - at
        if table[found, GOES_ON] == _EMPTY:
            break
    return best, num_words


@compiled
def find(
    data: Any, offsets: Any, classes: Any, lowers: Any, table: Any, roots: Any, is_allowed: Any,
    found: Any,
) -> Any:  # fmt: skip
    """[texts, 3] words, hits, different entries hit.

    ``roots`` [texts, 2] are the tries of a text: of entries for all languages, and of its own (0
    for none). Of entries that begin at one word the longest counts, and what it covers is passed
    over; one that is allowed is no hit. ``found`` takes (text, first byte, last byte, entry) of
    hits as far as it has room.
    """
    num_texts = len(offsets) - 1
    counts = np.zeros((num_texts, 3), dtype=np.int64)
    last = np.full(len(is_allowed), -1, dtype=np.int64)
    longest = 0
    for text in range(num_texts):
        longest = max(longest, offsets[text + 1] - offsets[text])
    hashes = np.empty(longest // 2 + 1, dtype=np.uint64)
    starts = np.empty(longest // 2 + 1, dtype=np.int64)
    stops = np.empty(longest // 2 + 1, dtype=np.int64)
    num_found = 0
    for text in range(num_texts):
        start, end = offsets[text], offsets[text + 1]
        count = cut(data, start, end, classes, lowers, hashes, starts, stops)
        counts[text, 0] = count
        at = 0
        while at < count:
            entry, num_words = _longest(table, roots[text, 0], at, count, hashes, starts, stops)
            if roots[text, 1] != _EMPTY:
                own, own_words = _longest(table, roots[text, 1], at, count, hashes, starts, stops)
                if own_words > num_words or (own_words == num_words and is_allowed[own - 1]):
                    entry, num_words = own, own_words
            if num_words == 0:
                at += 1
                continue
            if not is_allowed[entry - 1]:
                counts[text, 1] += 1
                counts[text, 2] += last[entry - 1] != text
                last[entry - 1] = text
                if num_found < len(found):
                    found[num_found, 0], found[num_found, 3] = text, entry - 1
                    found[num_found, 1] = starts[at] - start
                    found[num_found, 2] = stops[at + num_words - 1] - start
                    num_found += 1
            at += num_words
    return counts, num_found


@compiled
def insert(table: Any, root: Any, words: Any, touches: Any, entry: int) -> bool:
    """Put an entry into the trie at ``root``; False when the same one is there already."""
    key = root
    for place in range(len(words)):
        key = child(key, words[place], touches[place])
        found = slot(table, key)
        table[found, KEY] = key
        if place + 1 < len(words):
            table[found, GOES_ON] = np.uint64(1)
    if table[found, ENTRY] != _EMPTY:
        return False
    table[found, ENTRY] = np.uint64(entry + 1)
    return True
