"""Compiled loops of near-duplicate search: signatures, sets of shingles, clusters.

A shingle is a run of ``window`` words as the signals cut words (lower case; each character of a
script without spaces is one). A text of fewer words has one shingle, all its words; a text
without words has none. Shingles are compared by 64-bit hashes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, mix

_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_LARGEST = np.uint32(0xFFFFFFFF)
_ZERO = np.uint64(0)
_STEPS_BETWEEN_LOOKS = 64


@compiled
def _power(window: int) -> Any:
    power = np.uint64(1)
    for _ in range(window):
        power *= _POLYNOMIAL
    return power


@compiled
def signatures(hashes: Any, word_offsets: Any, window: int, masks: Any, factors: Any) -> Any:
    """[texts, hashes] uint32: the smallest value of each hash over the text's shingles.

    Hash p of a shingle x is ((x mod 2^32) xor masks[p]) * factors[p] mod 2^32, factors odd: a
    permutation of the 32-bit numbers. Texts without words keep the largest number throughout.
    """
    num_texts, num_hashes = len(word_offsets) - 1, len(masks)
    result = np.empty((num_texts, num_hashes), dtype=np.uint32)
    power = _power(window)
    for text in range(num_texts):
        begin, end = word_offsets[text], word_offsets[text + 1]
        row = result[text]
        row[:] = _LARGEST
        rolling = _ZERO
        for word in range(begin, end):
            rolling = rolling * _POLYNOMIAL + hashes[word]
            if word - begin >= window:
                rolling -= hashes[word - window] * power
            if word - begin < window - 1 and word < end - 1:
                continue
            shingle = np.uint32(mix(rolling))
            for place in range(num_hashes):
                value = np.uint32((shingle ^ masks[place]) * factors[place])
                row[place] = min(row[place], value)
    return result


@compiled
def band_keys(signature: Any, num_bands: int, num_rows: int) -> Any:
    """[bands, texts] uint64: one key for the ``num_rows`` hashes of a band."""
    num_texts = len(signature)
    keys = np.empty((num_bands, num_texts), dtype=np.uint64)
    for text in range(num_texts):
        for band in range(num_bands):
            key = _ZERO
            for row in range(band * num_rows, (band + 1) * num_rows):
                key = mix((key ^ np.uint64(signature[text, row])) * _POLYNOMIAL)
            keys[band, text] = key
    return keys


@compiled
def count_shingles(word_offsets: Any, window: int) -> Any:
    """[texts]: shingles with their repetitions."""
    num_texts = len(word_offsets) - 1
    counts = np.zeros(num_texts, dtype=np.int64)
    for text in range(num_texts):
        num_words = word_offsets[text + 1] - word_offsets[text]
        counts[text] = max(num_words - window + 1, 1 if num_words else 0)
    return counts


@compiled
def shingle_sets(hashes: Any, word_offsets: Any, window: int) -> Any:
    """(distinct shingles of every text, ascending, one text after another; offsets [texts + 1])."""
    num_texts = len(word_offsets) - 1
    room = np.empty(max(1, len(hashes)), dtype=np.uint64)
    result = np.empty(max(1, len(hashes)), dtype=np.uint64)
    offsets = np.zeros(num_texts + 1, dtype=np.int64)
    power = _power(window)
    written = 0
    for text in range(num_texts):
        begin, end = word_offsets[text], word_offsets[text + 1]
        rolling, count = _ZERO, 0
        for word in range(begin, end):
            rolling = rolling * _POLYNOMIAL + hashes[word]
            if word - begin >= window:
                rolling -= hashes[word - window] * power
            if word - begin < window - 1 and word < end - 1:
                continue
            room[count] = mix(rolling)
            count += 1
        ordered = np.sort(room[:count])
        for place in range(count):
            if place == 0 or ordered[place] != ordered[place - 1]:
                result[written] = ordered[place]
                written += 1
        offsets[text + 1] = written
    return result[:written], offsets


@compiled
def spread(values: Any, offsets: Any, starts: Any, into: Any) -> None:
    """Copy piece n, ``values[offsets[n]:offsets[n + 1]]``, to ``into`` from ``starts[n]`` on."""
    for number in range(len(starts)):
        size = offsets[number + 1] - offsets[number]
        into[starts[number] : starts[number] + size] = values[offsets[number] : offsets[number + 1]]


@compiled
def jaccard(shingles: Any, first: int, num_first: int, second: int, num_second: int) -> float:
    """Shared over all of two ascending sets, at ``first`` and ``second`` in ``shingles``."""
    if num_first == 0 or num_second == 0:
        return 0.0
    one, other, shared = 0, 0, 0
    while one < num_first and other < num_second:
        left, right = shingles[first + one], shingles[second + other]
        shared += left == right
        one += left <= right
        other += right <= left
    return shared / (num_first + num_second - shared)


@compiled
def reaches(
    shingles: Any, first: int, num_first: int, second: int, num_second: int, threshold: float
) -> bool:
    """Whether `jaccard` is at least ``threshold``; ends as soon as it no longer can be."""
    one, other, shared = 0, 0, 0
    while one < num_first and other < num_second:
        possible = shared + min(num_first - one, num_second - other)
        if possible / (num_first + num_second - possible) < threshold:
            return False
        # the bound is looked at now and then: it costs as much as several steps
        for _ in range(_STEPS_BETWEEN_LOOKS):
            if one == num_first or other == num_second:
                break
            left, right = shingles[first + one], shingles[second + other]
            shared += left == right
            one += left <= right
            other += right <= left
    if num_first == 0 or num_second == 0:
        return False
    return shared / (num_first + num_second - shared) >= threshold


@compiled
def root_of(parents: Any, item: int) -> int:
    """The root of an item's tree; the path is halved on the way."""
    while parents[item] != item:
        parents[item] = parents[parents[item]]
        item = parents[item]
    return item


@compiled
def join(parents: Any, one: int, other: int) -> int:
    """Make one tree of two; the smaller root stays one, and is returned."""
    first, second = root_of(parents, one), root_of(parents, other)
    low, high = min(first, second), max(first, second)
    parents[high] = low
    return low


@compiled
def join_trees(parents: Any, roots: Any) -> None:
    """Join every document with its root in other trees, ``roots`` [documents]."""
    for document in range(len(roots)):
        if roots[document] != document:
            join(parents, document, roots[document])


@compiled
def join_buckets(
    members: Any,
    bounds: Any,
    parents: Any,
    shingles: Any,
    starts: Any,
    sizes: Any,
    threshold: float,
) -> int:
    """Join the similar ones of every bucket; returns how many pairs were compared.

    Bucket b is ``members[bounds[b]:bounds[b + 1]]``, places of documents. Members of one tree are
    not compared: it would change no tree. So the trees in the end are the connected components of
    all pairs of one bucket with Jaccard >= ``threshold``, in whatever order the buckets come.
    """
    compared = 0
    for bucket in range(len(bounds) - 1):
        begin, end = bounds[bucket], bounds[bucket + 1]
        num_members = end - begin
        # groups of one tree: a chain of members each, and the heads of the chains
        following = np.full(num_members, -1, dtype=np.int64)
        heads = np.empty(num_members, dtype=np.int64)
        tails = np.empty(num_members, dtype=np.int64)
        num_groups = 0
        for place in range(num_members):
            document = members[begin + place]
            head, tail = place, place
            group = 0
            while group < num_groups:
                other = members[begin + heads[group]]
                is_similar = root_of(parents, document) == root_of(parents, other)
                candidate = heads[group]
                while not is_similar and candidate >= 0:
                    other = members[begin + candidate]
                    small, large = sizes[document], sizes[other]
                    if small > large:
                        small, large = large, small
                    # the Jaccard is at most the smaller set over the larger one
                    if small >= threshold * large:
                        compared += 1
                        is_similar = reaches(
                            shingles,
                            starts[document],
                            sizes[document],
                            starts[other],
                            sizes[other],
                            threshold,
                        )
                    candidate = following[candidate]
                if not is_similar:
                    group += 1
                    continue
                join(parents, document, other)
                following[tails[group]] = head
                head = heads[group]
                num_groups -= 1
                heads[group], tails[group] = heads[num_groups], tails[num_groups]
            heads[num_groups], tails[num_groups] = head, tail
            num_groups += 1
    return compared
