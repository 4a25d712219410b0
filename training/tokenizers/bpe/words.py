"""Words that were met, and their ids: a frequent word is joined once, and looked up from then on.

A hash table whose words are compared character by character. Where its room is used up all are
forgotten, so that memory is bounded and what comes often is soon there again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, mix

#: Words that are kept, and their characters in all: 20 MB.
_NUM_WORDS, _NUM_CHARACTERS = 1 << 17, 1 << 20
_HALF = 32
_LOW = (1 << _HALF) - 1


class Words(NamedTuple):
    """``slots`` [S, 4]: hash, where its characters begin, where its ids begin, counts of both.

    S is a power of two; ``used``: how many words, characters and ids are kept.
    """

    slots: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint32]
    ids: npt.NDArray[np.int32]
    used: npt.NDArray[np.int64]


def new_words(num_words: int = _NUM_WORDS, num_characters: int = _NUM_CHARACTERS) -> Words:
    """An empty table with room for so many words, and as many ids as characters."""
    num_slots = 2
    while num_slots < 2 * num_words:
        num_slots *= 2
    return Words(
        np.zeros((num_slots, 4), np.int64),
        np.empty(num_characters, np.uint32),
        np.empty(num_characters, np.int32),
        np.zeros(3, np.int64),
    )


def words_of_pieces(vocab: Mapping[bytes, int]) -> Words:
    """A table of the pieces that are text, each with its own id."""
    found = {
        text: index
        for token, index in vocab.items()
        if (text := token.decode(errors="replace")).encode() == token
    }
    codes = np.frombuffer("".join(found).encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum([len(text) for text in found], dtype=np.int64)
    words = new_words(len(found), len(codes))
    _keep_all(words, codes, ends, np.array(list(found.values()), dtype=np.int32))
    return words


@compiled
def _keep_all(words: Any, codes: Any, ends: Any, ids: Any) -> None:
    at = 0
    for word in range(len(ends)):
        key = hash_of(codes, at, ends[word])
        slot = slot_of_word(words, key, codes, at, ends[word] - at)
        keep(words, slot, key, codes, at, ends[word] - at, ids, word, 1)
        at = ends[word]


@compiled
def hash_of(codes: Any, at: int, stop: int) -> Any:
    state = FNV_START
    for place in range(at, stop):
        state = (state ^ np.uint64(codes[place])) * FNV_PRIME
    return np.int64(mix(state))


@compiled
def copy_ids(words: Any, slot: int, ids: Any, at: int) -> Any:
    """Write the ids of a word; returns how many, 0 where there is no word."""
    first, count = words.slots[slot, 2], words.slots[slot, 3] & _LOW
    for place in range(count):
        ids[at + place] = words.ids[first + place]
    return count


@compiled
def slot_of_word(words: Any, key: int, codes: Any, at: int, size: int) -> int:
    """Where a word stands, or would stand."""
    slots = words.slots
    mask = len(slots) - 1
    slot = key & mask
    while slots[slot, 3]:
        if slots[slot, 0] == key and slots[slot, 3] >> _HALF == size:
            first, same = slots[slot, 1], 0
            while same < size and words.codes[first + same] == codes[at + same]:
                same += 1
            if same == size:
                break
        slot = (slot + 1) & mask
    return slot


@compiled
def keep(
    words: Any,
    slot: int,
    key: int,
    codes: Any,
    at: int,
    size: int,
    ids: Any,
    first: int,
    count: int,
) -> None:
    used = words.used
    is_full = (
        2 * (used[0] + 1) > len(words.slots)
        or used[1] + size > len(words.codes)
        or used[2] + count > len(words.ids)
    )
    if is_full:
        words.slots[:, 3] = 0
        used[:] = 0
        slot = key & (len(words.slots) - 1)
    words.slots[slot, 0] = key
    words.slots[slot, 1] = used[1]
    words.slots[slot, 2] = used[2]
    words.slots[slot, 3] = (size << _HALF) | count
    for place in range(size):
        words.codes[used[1] + place] = codes[at + place]
    for place in range(count):
        words.ids[used[2] + place] = ids[first + place]
    used[0] += 1
    used[1] += size
    used[2] += count
