"""Compiled loops from hashed words to buckets and weighted sums; words are those of the signals.

A feature is a run of 1 to 3 words, hashed into one of 2^bits buckets. Runs do not cross texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, mix

_JOIN = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _longer(run: Any, word: Any) -> Any:
    """The hash of a run with one more word behind it."""
    return mix(run * _JOIN + word)


@compiled
def _bucket(run: Any, shift: Any) -> Any:
    return np.int64(run >> shift)


@compiled
def num_features(num_words: int, ngrams: int) -> int:
    """Runs of a text of so many words."""
    total = 0
    for length in range(1, ngrams + 1):
        total += max(0, num_words - length + 1)
    return total


@compiled
def weighted_means(hashes: Any, offsets: Any, weights: Any, ngrams: int, shift: Any) -> Any:
    """[texts] the mean weight of each text's runs; 0 for a text without a word."""
    num_texts = len(offsets) - 1
    means = np.zeros(num_texts, dtype=np.float64)
    for text in range(num_texts):
        total, end = 0.0, offsets[text + 1]
        for place in range(offsets[text], end):
            run = hashes[place]
            total += weights[_bucket(run, shift)]
            for following in range(place + 1, min(place + ngrams, end)):
                run = _longer(run, hashes[following])
                total += weights[_bucket(run, shift)]
        count = num_features(end - offsets[text], ngrams)
        if count:
            means[text] = total / count
    return means


@compiled
def place_buckets(hashes: Any, offsets: Any, ngrams: int, shift: Any, buckets: Any) -> Any:
    """Write the buckets of all runs, one text after another; returns runs per text as offsets."""
    num_texts = len(offsets) - 1
    bounds = np.zeros(num_texts + 1, dtype=np.int64)
    to = 0
    for text in range(num_texts):
        end = offsets[text + 1]
        for place in range(offsets[text], end):
            run = hashes[place]
            buckets[to] = _bucket(run, shift)
            to += 1
            for following in range(place + 1, min(place + ngrams, end)):
                run = _longer(run, hashes[following])
                buckets[to] = _bucket(run, shift)
                to += 1
        bounds[text + 1] = to
    return bounds


@compiled
def texts_per_bucket(buckets: Any, bounds: Any, num_buckets: int) -> Any:
    """[buckets] in how many texts each comes."""
    counts = np.zeros(num_buckets, dtype=np.int64)
    last = np.full(num_buckets, -1, dtype=np.int64)
    for text in range(len(bounds) - 1):
        for place in range(bounds[text], bounds[text + 1]):
            bucket = buckets[place]
            counts[bucket] += last[bucket] != text
            last[bucket] = text
    return counts


@compiled
def renumber(buckets: Any, bounds: Any, numbers: Any) -> Any:
    """Replace each bucket by its number, in place, and leave those of -1 out; the new bounds."""
    ends = np.zeros(len(bounds), dtype=np.int64)
    to = 0
    for text in range(len(bounds) - 1):
        for place in range(bounds[text], bounds[text + 1]):
            number = numbers[buckets[place]]
            if number >= 0:
                buckets[to] = number
                to += 1
        ends[text + 1] = to
    return ends


@compiled
def take_rows(places: Any, bounds: Any, rows: Any, taken: Any) -> None:
    """Copy some rows into ``taken``, one after another."""
    to = 0
    for row in rows:
        for place in range(bounds[row], bounds[row + 1]):
            taken[to] = places[place]
            to += 1


@compiled
def times(buckets: Any, bounds: Any, shares: Any, values: Any) -> Any:
    """X v: [texts] the sum of ``values`` over the runs of each text, times its share."""
    result = np.zeros(len(bounds) - 1, dtype=np.float64)
    for text in range(len(result)):
        total = 0.0
        for place in range(bounds[text], bounds[text + 1]):
            total += values[buckets[place]]
        result[text] = total * shares[text]
    return result


@compiled
def transposed_times(buckets: Any, bounds: Any, shares: Any, values: Any, num_buckets: int) -> Any:
    """X' v: [buckets] what each gets of ``values`` [texts]."""
    result = np.zeros(num_buckets, dtype=np.float64)
    for text in range(len(values)):
        part = values[text] * shares[text]
        for place in range(bounds[text], bounds[text + 1]):
            result[buckets[place]] += part
    return result


@compiled
def first_runs(
    hashes: Any, offsets: Any, ngrams: int, shift: Any, is_wanted: Any, found: Any
) -> int:
    """Where wanted buckets first come: writes (bucket, text, first word, words); how many."""
    count = 0
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        for place in range(start, end):
            run = hashes[place]
            for length in range(1, min(ngrams, end - place) + 1):
                if length > 1:
                    run = _longer(run, hashes[place + length - 1])
                bucket = _bucket(run, shift)
                if is_wanted[bucket]:
                    is_wanted[bucket] = False
                    found[count, 0], found[count, 1] = bucket, text
                    found[count, 2], found[count, 3] = place - start, length
                    count += 1
    return count
