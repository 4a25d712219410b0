"""Compiled loops that write the lines of an ARPA file."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.ngram_lm.count_kernels import word_at
from training.corpus.signals.kernels import compiled

_DIGITS = 7
_SCALE = 10**_DIGITS
#: Bytes of a number at most: sign, three digits, point, decimals.
NUMBER_BYTES = _DIGITS + 5
_ZERO, _POINT, _MINUS, _SPACE, _TAB, _LINE_FEED = 48, 46, 45, 32, 9, 10


@compiled
def _write_number(result: Any, at: int, value: float) -> int:
    whole = np.int64(np.round(abs(np.float64(value)) * _SCALE))
    if value < 0 and whole:
        result[at] = _MINUS
        at += 1
    above = whole // _SCALE
    size, rest = 1, above
    while rest >= 10:
        rest //= 10
        size += 1
    for place in range(size - 1, -1, -1):
        result[at + place] = _ZERO + above % 10
        above //= 10
    at += size
    result[at] = _POINT
    below = whole % _SCALE
    for place in range(_DIGITS, 0, -1):
        result[at + place] = _ZERO + below % 10
        below //= 10
    return at + 1 + _DIGITS


@compiled
def write_lines(
    ngrams: Any, order: int, values: Any, has_backoff: bool, words: Any, offsets: Any, result: Any
) -> int:
    """Write "probability TAB words TAB back-off" for each n-gram; how many bytes were written."""
    at = 0
    for row in range(len(ngrams)):
        at = _write_number(result, at, values[row, 0])
        for place in range(order, 0, -1):
            result[at] = _TAB if place == order else _SPACE
            at += 1
            word = np.int64(word_at(ngrams[row, 0], ngrams[row, 1], place))
            for byte in range(offsets[word], offsets[word + 1]):
                result[at] = words[byte]
                at += 1
        if has_backoff:
            result[at] = _TAB
            at = _write_number(result, at + 1, values[row, 1])
        result[at] = _LINE_FEED
        at += 1
    return at
