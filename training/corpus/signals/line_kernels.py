"""Compiled loops over lines and paragraphs.

A line is what stands between line feeds, without ASCII white space at its ends; blank lines are no
lines. A paragraph is a run of lines between blank ones. Lengths are in characters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import (
    FNV_PRIME,
    FNV_START,
    compiled,
    decode,
    is_blank,
    mix,
    seen_before,
    table_size,
)

SHORT_LINE_CHARACTERS = 30


@compiled
def _line_end(data: Any, at: int, end: int) -> int:
    while at < end and data[at] != 10:
        at += 1
    return at


@compiled
def _stripped(data: Any, first: int, last: int) -> Any:
    """(first, last) without white space at both ends."""
    while first < last and is_blank(data[first]):
        first += 1
    while last > first and is_blank(data[last - 1]):
        last -= 1
    return first, last


@compiled
def _num_characters(data: Any, first: int, last: int) -> int:
    """Bytes that begin a character."""
    number = 0
    for at in range(first, last):
        number += (data[at] & 0xC0) != 0x80
    return number


@compiled
def _last_code(data: Any, first: int, last: int) -> Any:
    """The last code point of a line that is not empty."""
    at = last - 1
    while at > first and (data[at] & 0xC0) == 0x80:
        at -= 1
    code, _ = decode(data, at)
    return np.int64(code)


@compiled
def _is_bullet(data: Any, first: int, last: int) -> Any:
    """Whether the line begins with a bullet; a hyphen or star must stand before white space."""
    code, _ = decode(data, first)
    if code == 45 or code == 42:
        return first + 1 < last and is_blank(data[first + 1])
    return (
        code == 0x2022
        or code == 0x2023
        or code == 0x2043
        or code == 0x2219
        or code == 0x25E6
        or code == 0x25A0
        or code == 0x25A1
        or code == 0x25AA
        or code == 0x25AB
        or code == 0x25B6
        or code == 0x25CF
        or code == 0x25CB
        or code == 0x2013
    )


@compiled
def _ends_with_ellipsis(data: Any, first: int, last: int) -> Any:
    dots = last - first >= 3 and data[last - 1] == 46 and data[last - 2] == 46
    if dots and data[last - 3] == 46:
        return True
    return _last_code(data, first, last) == 0x2026


@compiled
def line_facts(data: Any, offsets: Any, enders: Any) -> Any:
    """[texts, 7]: lines, their characters, bullets, ellipses, short ones, ended ones, line feeds.

    A line is *ended* when its last code point is in the sorted array ``enders``.
    """
    num_texts = len(offsets) - 1
    facts = np.zeros((num_texts, 7), dtype=np.int64)
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            stop = _line_end(data, at, end)
            facts[text, 6] += stop < end
            first, last = _stripped(data, at, stop)
            at = stop + 1
            if first == last:
                continue
            size = _num_characters(data, first, last)
            code = _last_code(data, first, last)
            place = np.searchsorted(enders, code)
            facts[text, 0] += 1
            facts[text, 1] += size
            facts[text, 2] += _is_bullet(data, first, last)
            facts[text, 3] += _ends_with_ellipsis(data, first, last)
            facts[text, 4] += size <= SHORT_LINE_CHARACTERS
            facts[text, 5] += place < len(enders) and enders[place] == code
    return facts


@compiled
def _unit_end(data: Any, at: int, end: int, is_paragraph: bool) -> int:
    """Where the line or paragraph that begins at ``at`` ends: at a line feed, or at ``end``."""
    stop = _line_end(data, at, end)
    while is_paragraph and stop < end:
        following = _line_end(data, stop + 1, end)
        first, last = _stripped(data, stop + 1, following)
        if first == last:
            break
        stop = following
    return stop


@compiled
def _most_units(data: Any, offsets: Any) -> int:
    largest = 0
    for text in range(len(offsets) - 1):
        lines = 1
        for at in range(offsets[text], offsets[text + 1]):
            lines += data[at] == 10
        largest = max(largest, lines)
    return largest


@compiled
def repeated_units(data: Any, offsets: Any, is_paragraph: bool) -> Any:
    """[texts, 4] of lines or paragraphs: repeated ones, all, characters in repeated ones, in all.

    A unit is repeated when an equal one stands before it in the same text.
    """
    num_texts = len(offsets) - 1
    size = table_size(_most_units(data, offsets))
    mask = np.uint64(size - 1)
    keys, stamps = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)
    counts = np.zeros((num_texts, 4), dtype=np.int64)
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            stop = _unit_end(data, at, end, is_paragraph)
            first, last = _stripped(data, at, stop)
            at = stop + 1
            if first == last:
                continue
            state = FNV_START
            for place in range(first, last):
                state = (state ^ np.uint64(data[place])) * FNV_PRIME
            characters = _num_characters(data, first, last)
            counts[text, 1] += 1
            counts[text, 3] += characters
            if seen_before(keys, stamps, mask, text + 1, mix(state)):
                counts[text, 0] += 1
                counts[text, 2] += characters
    return counts
