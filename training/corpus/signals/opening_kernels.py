"""Compiled looks at how a line begins: a bullet, a comment of a program, a speaker.

A line [first, last) has no white space at its ends and is not empty.
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
)

#: A speaker's name is at most so long, and has at most so many spaces.
MOST_NAME_BYTES, MOST_NAME_SPACES = 32, 2
#: A time before the name, in square brackets, is at most so long.
MOST_TIME_BYTES = 24
_NOBODY = np.uint64(0)
_HASH, _STAR, _COLON, _LESS, _MORE, _OPEN, _CLOSE = 35, 42, 58, 60, 62, 91, 93
_QUOTE, _APOSTROPHE = 34, 39


@compiled
def is_bullet(data: Any, first: int, last: int) -> Any:
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
def is_comment(data: Any, first: int, last: int) -> Any:
    """Whether the line begins like a comment; ``#`` must not stand before a letter."""
    byte = data[first]
    if byte > _LESS:
        return False
    following = data[first + 1] if first + 1 < last else 0
    third = data[first + 2] if first + 2 < last else 0
    if byte == _HASH:
        return not _is_letter(following)
    if byte == 47:
        return following == 47 or following == _STAR
    if byte == 45:
        return following == 45
    if byte in (_QUOTE, _APOSTROPHE):
        return following == byte and third == byte
    if byte == _LESS:
        return following == 33 and third == 45
    return byte == _STAR or byte == 59 or byte == 37


@compiled
def speaker_of(data: Any, first: int, last: int) -> Any:
    """A hash of the name with which the line begins and a colon, or ``<name>``; 0 for none.

    Before it may stand a time in square brackets and signs # and *; behind it there must be text.
    """
    at = _after_time(data, first, last)
    while at < last and (data[at] == _HASH or data[at] == _STAR or data[at] == 32):
        at += 1
    if at >= last:
        return _NOBODY
    if data[at] == _LESS:
        return _name(data, at + 1, last, _MORE, 0)
    if _is_letter(data[at]) or data[at] >= 0x80:
        return _name(data, at, last, _COLON, MOST_NAME_SPACES)
    return _NOBODY


@compiled
def _after_time(data: Any, first: int, last: int) -> int:
    if data[first] == _OPEN:
        for at in range(first, min(last, first + MOST_TIME_BYTES)):
            if data[at] == _CLOSE:
                return at + 1
    return first


@compiled
def _name(data: Any, at: int, last: int, stop: int, spaces: int) -> Any:
    """The hash of the name at ``at`` if ``stop`` ends it, and text follows."""
    state, begin = FNV_START, at
    while at < min(last, begin + MOST_NAME_BYTES):
        byte = data[at]
        # The wide colon of Chinese is EF BC 9A.
        is_wide = byte == 0xEF and at + 2 < last and data[at + 1] == 0xBC and data[at + 2] == 0x9A
        if byte == stop or (is_wide and stop == _COLON):
            at += 3 if is_wide else 1
            is_text = at < last and (is_wide or stop == _MORE or is_blank(data[at]))
            return mix(state) if is_text and state != FNV_START else _NOBODY
        if byte == 32:
            spaces -= 1
        if spaces < 0 or not _is_of_name(byte):
            return _NOBODY
        state = (state ^ np.uint64(byte)) * FNV_PRIME
        at += 1
    return _NOBODY


@compiled
def _is_of_name(byte: int) -> bool:
    """A letter, a digit, anything that is not ASCII, and what stands in names: . _ - ' *."""
    return (
        _is_letter(byte)
        or 48 <= byte <= 57
        or byte >= 0x80
        or byte == 32
        or byte == 46
        or byte == 95
        or byte == 45
        or byte in (_APOSTROPHE, _STAR)
    )


@compiled
def _is_letter(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122
