"""The ids of a word by the merges of byte-level BPE.

They are those of its bytes, joined pair by pair: always the pair whose merge stands first in the
list, of several the leftmost (Sennrich 2016). A hash table tells of (left id, right id) the merge's
place and what it makes. Short words are joined by looking through all pairs each time, others
by a heap of (place of the merge, position): a million characters take time as n log n.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.corpus.signals.kernels import compiled

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

#: The most bytes of a character in UTF-8, hence the most ids of one.
MOST_BYTES = 4
_HALF = 32
_LOW = (1 << _HALF) - 1
_NONE = -1
_NEVER = 2**63 - 1
#: An odd number near 2^64 divided by the golden ratio (Knuth 1973, multiplicative hashing).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
#: Up to so many parts looking through all pairs is faster than a heap.
_SHORT = 64


class Pairs(NamedTuple):
    """``slots`` [S, 2]: left id << 32 | right id, -1 for none; place of the merge << 32 | made.

    ``starts`` [256 + code points]: the id of each byte; then the id of each character that is
    whole before anything else can happen to its bytes, else -1.
    """

    slots: Int64
    starts: Int32


def new_pairs(merges: Int64, starts: Int32) -> Pairs:
    """A table of merges [M, 3] of (left, right, made) in their order; see `Pairs`."""
    size = 16
    while size < 3 * len(merges):
        size *= 2
    pairs = Pairs(np.full((size, 2), _NONE, np.int64), starts)
    _fill_pairs(merges, pairs.slots)
    return pairs


@compiled
def _fill_pairs(merges: Any, slots: Any) -> None:
    for place in range(len(merges)):
        slot = _slot_of_pair(slots, merges[place, 0], merges[place, 1])
        slots[slot, 0] = (merges[place, 0] << _HALF) | merges[place, 1]
        slots[slot, 1] = (place << _HALF) | merges[place, 2]


@compiled
def _slot_of_pair(slots: Any, left: Any, right: Any) -> Any:
    """Where a pair stands, or would stand."""
    mask = len(slots) - 1
    key = (np.int64(left) << _HALF) | np.int64(right)
    slot = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(_HALF)) & mask
    while slots[slot, 0] != key and slots[slot, 0] != _NONE:
        slot = (slot + 1) & mask
    return slot


@compiled
def _merge_of(slots: Any, left: Any, right: Any) -> Any:
    """Place << 32 | made of a pair; `_NEVER` without a merge."""
    slot = _slot_of_pair(slots, left, right)
    return slots[slot, 1] if slots[slot, 0] != _NONE else _NEVER


@compiled
def join(
    codes: Any, at: int, stop: int, pairs: Any, room: Any, heap: Any, ids: Any, first: int
) -> int:
    """Write the ids of a word, joined; returns how many. ``room`` and ``heap`` are overwritten."""
    size = _start(codes, at, stop, pairs.starts, ids, first)
    if size == 1:
        return 1
    if size <= _SHORT:
        return _join_short(ids[first : first + size], pairs.slots, heap)
    return _join_long(ids[first : first + size], pairs.slots, room, heap)


@compiled
def _join_short(parts: Any, slots: Any, merges: Any) -> int:
    """Join in place by looking through all pairs each time; returns how many parts are left."""
    size = len(parts)
    for place in range(size - 1):
        merges[place] = _merge_of(slots, parts[place], parts[place + 1])
    while size > 1:
        best = 0
        for place in range(1, size - 1):
            if merges[place] < merges[best]:
                best = place
        if merges[best] == _NEVER:
            break
        parts[best] = merges[best] & _LOW
        size -= 1
        for place in range(best + 1, size):
            parts[place] = parts[place + 1]
            merges[place - 1] = merges[place]
        if best + 1 < size:
            merges[best] = _merge_of(slots, parts[best], parts[best + 1])
        if best:
            merges[best - 1] = _merge_of(slots, parts[best - 1], parts[best])
    return size


@compiled
def _join_long(parts: Any, slots: Any, room: Any, heap: Any) -> int:
    """The same through a heap: n log n."""
    size = len(parts)
    following, before, merges = room[0], room[1], room[2]
    waiting = 0
    for place in range(size):
        following[place], before[place], merges[place] = place + 1, place - 1, _NEVER
        if place + 1 < size:
            merges[place] = _merge_of(slots, parts[place], parts[place + 1])
            waiting = _push(heap, waiting, merges[place], place)
    while waiting:
        found, waiting = _pop(heap, waiting)
        place = found & _LOW
        # What was joined since has another merge now, or none.
        if merges[place] >> _HALF != found >> _HALF:
            continue
        parts[place] = merges[place] & _LOW
        gone = following[place]
        then = following[gone]
        following[place] = then
        merges[gone] = merges[place] = _NEVER
        if then < size:
            before[then] = place
            merges[place] = _merge_of(slots, parts[place], parts[then])
            waiting = _push(heap, waiting, merges[place], place)
        left = before[place]
        if left >= 0:
            merges[left] = _merge_of(slots, parts[left], parts[place])
            waiting = _push(heap, waiting, merges[left], left)
    count = place = 0
    while place < size:
        parts[count] = parts[place]
        count += 1
        place = following[place]
    return count


@compiled
def _push(heap: Any, waiting: int, merge: int, place: int) -> int:
    """Note a merge, if it is one."""
    if merge == _NEVER:
        return waiting
    item, at = (merge & ~_LOW) | place, waiting
    while at and heap[(at - 1) >> 1] > item:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = item
    return waiting + 1


@compiled
def _pop(heap: Any, waiting: int) -> Any:
    """(the lowest, how many are left)."""
    lowest, waiting = heap[0], waiting - 1
    item, at = heap[waiting], 0
    while 2 * at + 1 < waiting:
        child = 2 * at + 1
        if child + 1 < waiting and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= item:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = item
    return lowest, waiting


@compiled
def _start(codes: Any, at: int, stop: int, starts: Any, ids: Any, first: int) -> int:
    """Write the ids that joining begins with, of bytes or whole characters; returns how many."""
    size = first
    for place in range(at, stop):
        code = np.int64(codes[place])
        if code < 0x80:
            ids[size] = starts[code]
            size += 1
            continue
        if starts[256 + code] >= 0:
            ids[size] = starts[256 + code]
            size += 1
            continue
        if code < 0x800:
            ids[size] = starts[0xC0 | code >> 6]
            size += 1
        else:
            if code < 0x10000:
                ids[size] = starts[0xE0 | code >> 12]
                size += 1
            else:
                ids[size] = starts[0xF0 | code >> 18]
                ids[size + 1] = starts[0x80 | code >> 12 & 0x3F]
                size += 2
            ids[size] = starts[0x80 | code >> 6 & 0x3F]
            size += 1
        ids[size] = starts[0x80 | code & 0x3F]
        size += 1
    return size - first
