"""Compiled loops that judge lines by C4's rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode, end_of_line, is_blank

#: Places in ``LineRules.reasons``.
_JAVASCRIPT, _POLICY, _FEW_WORDS, _LONG_WORD, _NO_END = 0, 1, 2, 3, 4
_NONE = -1


@compiled
def most_lines(data: Any, offsets: Any) -> int:
    """How many lines there may be."""
    number = len(offsets)
    for at in range(offsets[0], offsets[len(offsets) - 1]):
        number += data[at] == 10
    return number


@compiled
def judge_lines(
    data: Any,
    offsets: Any,
    classes: Any,
    enders: Any,
    phrases: Any,
    bounds: Any,
    num_javascript: int,
    min_words: int,
    max_word: int,
    must_end: bool,
    rows: Any,
) -> int:
    """Write (text, start, stop, reason) of every line that goes; returns how many.

    Phrase p is ``phrases[bounds[p]:bounds[p + 1]]`` in lower case; the first ``num_javascript``
    of them are of that reason. Limits of 0 let all pass.
    """
    found = 0
    starts = _pair_table(phrases, bounds)
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        at = begin
        while at < end:
            stop = end_of_line(data, at, end)
            first, last = at, stop
            at = stop + 1
            while first < last and is_blank(data[first]):
                first += 1
            while last > first and is_blank(data[last - 1]):
                last -= 1
            if first == last:
                continue
            reason = _phrase_reason(data, first, last, phrases, bounds, num_javascript, starts)
            if reason == _NONE:
                reason = _word_reason(data, first, last, classes, min_words, max_word)
            if reason == _NONE and must_end and not _is_ended(data, first, last, enders):
                reason = _NO_END
            if reason != _NONE:
                rows[found, 0], rows[found, 3] = text, reason
                rows[found, 1], rows[found, 2] = first - begin, last - begin
                found += 1
    return found


@compiled
def _pair(one: Any, other: Any) -> Any:
    """A number below 1,024 for two bytes, the same in upper and lower case."""
    return (np.int64(one) & 31) << 5 | (np.int64(other) & 31)


@compiled
def _pair_table(phrases: Any, bounds: Any) -> Any:
    """Whether some phrase begins with these two bytes, or with others of their number."""
    table = np.zeros(1_024, dtype=np.bool_)
    for phrase in range(len(bounds) - 1):
        begin = bounds[phrase]
        table[_pair(phrases[begin], phrases[begin + 1])] = True
    return table


@compiled
def _phrase_reason(
    data: Any, first: int, last: int, phrases: Any, bounds: Any, num_javascript: int, starts: Any
) -> int:
    best = len(bounds)
    for at in range(first, last - 1):
        if not starts[_pair(data[at], data[at + 1])]:
            continue
        byte = _lower(data[at])
        for phrase in range(min(best, len(bounds) - 1)):
            begin, size = bounds[phrase], bounds[phrase + 1] - bounds[phrase]
            if phrases[begin] != byte or at + size > last:
                continue
            place = 1
            while place < size and _lower(data[at + place]) == phrases[begin + place]:
                place += 1
            if place == size:
                best = phrase
    if best == len(bounds):
        return _NONE
    return _JAVASCRIPT if best < num_javascript else _POLICY


@compiled
def _lower(byte: Any) -> Any:
    return byte + 32 if 65 <= byte <= 90 else byte


@compiled
def _word_reason(
    data: Any, first: int, last: int, classes: Any, min_words: int, max_word: int
) -> int:
    words, size, longest = 0, 0, 0
    at = first
    if last - first <= max_word:
        # No word of it can be longer.
        max_word = 0
    while at < last:
        byte = data[at]
        if byte < 0x80:
            code, num_bytes = np.int64(byte), 1
        else:
            code, num_bytes = decode(data, at)
        at += num_bytes
        kind = classes[code] if code < len(classes) else 0
        if kind == 1:
            words += size == 0
            size += 1
            longest = max(longest, size)
        else:
            words += kind == 2
            size = 0
        if words >= min_words and max_word == 0:
            return _NONE
    if words < min_words:
        return _FEW_WORDS
    return _LONG_WORD if max_word and longest > max_word else _NONE


@compiled
def _is_ended(data: Any, first: int, last: int, enders: Any) -> Any:
    """Whether the last character ends a sentence; an ellipsis does not."""
    at = last - 1
    while at > first and (data[at] & 0xC0) == 0x80:
        at -= 1
    code = np.int64(decode(data, at)[0])
    if code == 0x2026:
        return False
    if code == 46 and last - first >= 3 and data[last - 2] == 46 and data[last - 3] == 46:
        return False
    place = np.searchsorted(enders, code)
    return place < len(enders) and enders[place] == code
