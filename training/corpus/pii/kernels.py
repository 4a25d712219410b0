"""The pre-filter: one pass over Arrow's bytes that finds where personal data could be.

An expression is only ever run in these windows, so a text without any costs the pass alone. A
window is generous: it may hold nothing. It never cuts a value in two.
"""

from __future__ import annotations

import functools
import string
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.pii.detector import (
    ACCOUNT,
    AT_SIGN,
    COLONS,
    KEY_BLOCK,
    NUMBER,
    TOKEN,
)
from training.corpus.signals.kernels import compiled

_LOWER, _UPPER, _DIGIT, _JOINER, _TO_LOOK_AT, _OF_NUMBER, _HEX = (
    np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8), np.uint8(16), np.uint8(32), np.uint8(64)
)  # fmt: skip
_OF_TOKEN, _LETTER, _LETTER_OR_DIGIT = np.uint8(15), np.uint8(3), np.uint8(7)

#: Of an address before @ (user name and password of a URL included) and after it.
_MOST_BEFORE, _MOST_AFTER = 400, 255
#: Bytes of the longest address of the sixth version; of an account number with its spaces.
_MOST_COLONS, _MOST_ACCOUNT = 45, 44
_LEAST_TOKEN, _AFTER_TOKEN = 20, 90
#: No number that is looked for has fewer digits; with + in front, or as an address, fewer do.
_LEAST_DIGITS, _LEAST_AFTER_PLUS = 9, 8
#: Room for what may stand before a number: "+ (", "SSN: "; and after it: "X", "ext. 12345".
_BEFORE_NUMBER, _AFTER_NUMBER = 3, 14
_MOST_KEY_BLOCK = 20_000


@functools.cache
def byte_classes() -> npt.NDArray[np.uint8]:
    """Bits of every byte."""
    table = np.zeros(256, dtype=np.uint8)
    for characters, bit in (
        (string.ascii_lowercase, _LOWER),
        (string.ascii_uppercase, _UPPER),
        (string.digits, _DIGIT),
        ("-_", _JOINER),
        ("@:" + string.digits, _TO_LOOK_AT),
        (" -.()/", _OF_NUMBER),
        (string.hexdigits, _HEX),
    ):
        for character in characters:
            table[ord(character)] |= bit
    table.setflags(write=False)
    return table


@compiled
def put(windows: Any, count: int, text: int, trigger: int, start: int, stop: int) -> int:
    """Append a window, or lengthen the last one of its trigger where they meet."""
    for back in range(1, 4):
        place = count - back
        if place < 0 or place >= len(windows) or windows[place, 0] != text:
            break
        if windows[place, 1] == trigger and windows[place, 3] >= start:
            windows[place, 3] = max(windows[place, 3], stop)
            return count
    if count < len(windows):
        windows[count, 0], windows[count, 1] = text, trigger
        windows[count, 2], windows[count, 3] = start, stop
    return count + 1


@compiled
def find_windows(data: Any, offsets: Any, classes: Any, windows: Any) -> int:
    """Write [count, 4] (text, trigger, first character, one after the last); returns the count.

    Windows beyond the room in ``windows`` are counted only. Stops may lie beyond the text.
    """
    count = 0
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        count = find_tokens(data, text, begin, end, classes, windows, count)
        count = find_signs(data, text, begin, end, classes, windows, count)
    return count


@compiled
def find_tokens(
    data: Any, text: int, begin: int, end: int, classes: Any, windows: Any, count: int
) -> int:
    """Windows of long runs of letters and digits, and of blocks with a ruled head."""
    # Bytes that begin no character: a byte's place less these is the character's place.
    inner = 0
    start, flags = begin, np.uint8(0)
    for at in range(begin, end):
        byte = data[at]
        kind = classes[byte]
        if kind & _OF_TOKEN:
            if flags == 0:
                start = at
            flags |= kind
            if byte == 66 and is_ruled(data, begin, at):
                first = at - 5 - begin - inner
                count = put(windows, count, text, KEY_BLOCK, first, first + _MOST_KEY_BLOCK)
            continue
        if flags and not is_web_token(data, start, at, byte):
            if is_key_like(data, start, at, flags):
                first, last = start - begin - inner, at - begin - inner + _AFTER_TOKEN
                count = put(windows, count, text, TOKEN, first, last)
            flags = np.uint8(0)
        inner += (byte & 0xC0) == 0x80
    if flags and is_key_like(data, start, end, flags):
        count = put(windows, count, text, TOKEN, start - begin - inner, end - begin - inner)
    return count


@compiled
def find_signs(
    data: Any, text: int, begin: int, end: int, classes: Any, windows: Any, count: int
) -> int:
    """Windows of numbers and accounts, and around at signs and colons."""
    number_stop = colons_stop = begin
    base = begin
    for at in range(begin, end):
        byte = data[at]
        if not classes[byte] & _TO_LOOK_AT:
            base += (byte & 0xC0) == 0x80
            continue
        if byte == 64:
            count = put_address(data, text, begin, at, end, base, classes, windows, count)
        elif byte == 58:
            if at >= colons_stop:
                start, colons_stop, colons = read_colons(data, begin, at, end, classes)
                if colons >= 2:
                    count = put(windows, count, text, COLONS, start - base, colons_stop - base + 1)
        else:
            if at >= number_stop:
                number_stop, is_number = read_number(data, begin, at, end, classes)
                if is_number:
                    start = at - _BEFORE_NUMBER - base
                    stop = number_stop - base + _AFTER_NUMBER
                    count = put(windows, count, text, NUMBER, max(0, start), stop)
            if begins_account(data, begin, at, end, classes):
                stop = run_stop(data, at, min(end, at + _MOST_ACCOUNT), classes)
                count = put(windows, count, text, ACCOUNT, at - 2 - base, stop - base)
    return count


@compiled
def put_address(
    data: Any, text: int, begin: int, at: int, end: int, base: int, classes: Any, windows: Any,
    count: int,
) -> int:  # fmt: skip
    """The window of what stands around the at sign at ``at``, if that could be an address."""
    stop = domain_stop(data, at, min(end, at + _MOST_AFTER), classes)
    start = address_start(data, at, max(begin, at - _MOST_BEFORE))
    if stop - at > 3 and start < at:
        return put(windows, count, text, AT_SIGN, start - base, stop - base + 1)
    return count


@compiled
def is_ruled(data: Any, begin: int, at: int) -> bool:
    """Whether five hyphens stand before ``at``, as in -----BEGIN."""
    if at - begin < 5:
        return False
    hyphens = 0
    while hyphens < 5 and data[at - 1 - hyphens] == 45:
        hyphens += 1
    return hyphens == 5


@compiled
def is_web_token(data: Any, start: int, at: int, byte: int) -> bool:
    """Whether the full stop at ``at`` belongs to a JSON web token, which begins with eyJ."""
    if byte != 46 or at - start < 12:
        return False
    return bool(data[start] == 101 and data[start + 1] == 121 and data[start + 2] == 74)


@compiled
def is_key_like(data: Any, start: int, stop: int, flags: Any) -> bool:
    """Whether a run of letters, digits, - and _ could be a key, or names one ("aws_secret...")."""
    if stop - start < _LEAST_TOKEN or not flags & _LETTER:
        return False
    return bool(flags & (_UPPER | _DIGIT) or (data[start] == 97 and data[start + 1] == 119))


@compiled
def read_number(data: Any, begin: int, at: int, end: int, classes: Any) -> Any:
    """(one after the number that starts at ``at``, whether it has digits or stops enough)."""
    least = _LEAST_AFTER_PLUS if at > begin and data[at - 1] == 43 else _LEAST_DIGITS
    digits, stops, gap = 0, 0, 0
    while at < end and gap <= 2:
        kind = classes[data[at]]
        if kind & _DIGIT:
            digits += 1
            gap = 0
        elif kind & _OF_NUMBER:
            stops += data[at] == 46
            gap += 1
        else:
            break
        at += 1
    return at, digits >= least or (stops >= 3 and digits >= 4)


@compiled
def begins_account(data: Any, begin: int, at: int, end: int, classes: Any) -> bool:
    """Whether two letters stand before this digit and a digit after it, and none before those."""
    if at - begin < 2 or at + 1 >= end or not classes[data[at + 1]] & _DIGIT:
        return False
    if not (classes[data[at - 1]] & _LETTER and classes[data[at - 2]] & _LETTER):
        return False
    return at - begin == 2 or not classes[data[at - 3]] & _LETTER_OR_DIGIT


@compiled
def run_stop(data: Any, at: int, end: int, classes: Any) -> int:
    """Where a run of letters, digits and single spaces ends."""
    while at < end:
        is_space = data[at] == 32 and data[at - 1] != 32
        if not (is_space or classes[data[at]] & _LETTER_OR_DIGIT):
            break
        at += 1
    return at


@compiled
def domain_stop(data: Any, at: int, end: int, classes: Any) -> int:
    """One after the last byte of a host name that follows the sign at ``at``."""
    at += 1
    while at < end:
        byte = data[at]
        if not (classes[byte] & _LETTER_OR_DIGIT or byte == 45 or byte == 46):
            break
        at += 1
    return at


@compiled
def address_start(data: Any, at: int, begin: int) -> int:
    """The first byte of what stands before the sign at ``at``, without white space or quotes."""
    while at > begin:
        byte = data[at - 1]
        if byte <= 32 or byte >= 127 or byte == 64 or byte == 34 or byte == 60:
            break
        at -= 1
    return at


@compiled
def read_colons(data: Any, begin: int, at: int, end: int, classes: Any) -> Any:
    """(start, stop, colons) of the run of hexadecimal digits, colons and stops around a colon."""
    start = at
    while start > begin and at - start < 4 and classes[data[start - 1]] & _HEX:
        start -= 1
    colons, end = 0, min(end, at + _MOST_COLONS)
    while at < end:
        if data[at] == 58:
            colons += 1
        elif not (classes[data[at]] & _HEX or data[at] == 46):
            break
        at += 1
    return start, at, colons
