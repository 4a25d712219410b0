"""Compiled loop that finds lines with something that ftfy may mend."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode, end_of_line

_FIRST_OF_2, _FIRST_OF_3, _FIRST_OF_4, _LATER = 1, 2, 4, 8
_MOJIBAKE = 128


@compiled
def suspicious_lines(data: Any, offsets: Any, bits: Any, roles: Any, wanted: int, rows: Any) -> int:
    """Write (text, start, stop, bits) of every line with a ``wanted`` bit; returns how many.

    A carriage return before the line feed is none of the line. Writes as many as there is room
    for.
    """
    found = 0
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        at = begin
        while at < end:
            stop = end_of_line(data, at, end)
            content = stop - (stop > at and stop < end and data[stop - 1] == 13)
            seen = _look(data, at, content, bits, roles) & wanted
            if seen:
                if found < len(rows):
                    rows[found, 0], rows[found, 3] = text, seen
                    rows[found, 1], rows[found, 2] = at - begin, content - begin
                found += 1
            at = stop + 1
    return found


@compiled
def _look(data: Any, at: int, end: int, bits: Any, roles: Any) -> Any:
    """The bits of a line."""
    seen = np.int64(0)
    # Code points and roles of the three characters before.
    code_1, code_2 = np.int64(0), np.int64(0)
    role_1, role_2, role_3 = np.int64(0), np.int64(0), np.int64(0)
    while at < end:
        byte = data[at]
        if byte < 0x80:
            code, num_bytes = np.int64(byte), 1
        else:
            code, num_bytes = decode(data, at)
        at += num_bytes
        role = np.int64(0)
        if code < len(bits):
            seen |= bits[code]
            role = np.int64(roles[code])
        if role & _LATER:
            is_one = role_1 & _FIRST_OF_2 or (
                role_1 & _LATER
                and (role_2 & _FIRST_OF_3 or (role_2 & _LATER and role_3 & _FIRST_OF_4))
            )
            # A space where a no-break space was a byte of the character.
            is_lost = code_1 == 32 and (code_2 == 0xE2 or code_2 == 0xE3)
            if is_one or is_lost:
                seen |= _MOJIBAKE
        elif code == 32 and (
            code_1 == 0xC2
            or code_1 == 0xC3
            or (role_1 & _LATER and code_2 >= 0xE0 and code_2 <= 0xE3)
        ):
            seen |= _MOJIBAKE
        code_2, code_1 = code_1, code
        role_3, role_2, role_1 = role_2, role_1, role
    return seen
