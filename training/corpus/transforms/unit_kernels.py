"""Compiled loops that find lines, paragraphs and sentences and hash them.

A line stands between line feeds, a paragraph is a run of lines between blank ones; both are
without ASCII white space at their ends, and blank ones are none. A sentence ends within a line:
behind a full stop, question or exclamation mark (and closing quotes and brackets after it) that
white space follows, behind those of Chinese and Japanese in any case, and at the line's end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import (
    FNV_PRIME,
    FNV_START,
    compiled,
    decode,
    end_of_line,
    is_blank,
    mix,
)

LINE, PARAGRAPH, SENTENCE = 0, 1, 2
#: Bits of the table of marks.
ENDS, ENDS_ALONE, CLOSES = 1, 2, 4
#: Values of the table of forms that are no code points.
DROPPED, SPACE = 0, 32


@compiled
def most_units(data: Any, offsets: Any, kind: int, marks: Any) -> int:
    """How many units there may be."""
    number = len(offsets)
    for at in range(offsets[0], offsets[len(offsets) - 1]):
        byte = data[at]
        number += byte == 10
        if kind == SENTENCE and (byte < 0x80 or byte >= 0xC2):
            code = np.int64(byte) if byte < 0x80 else decode(data, at)[0]
            number += code < len(marks) and (marks[code] & ENDS) > 0
    return number


@compiled
def find_units(
    data: Any,
    offsets: Any,
    kind: int,
    marks: Any,
    forms: Any,
    widths: Any,
    is_exact: bool,
    min_width: int,
    units: Any,
    hashes: Any,
) -> int:
    """Write every unit of at least ``min_width`` as a row (text, start, stop), and its hash.

    ``forms`` maps a code point to the one it is hashed as, to `SPACE` or to `DROPPED`;
    ``widths`` says what a character counts. Returns the number of rows.
    """
    row = 0
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        at = begin
        while at < end:
            stop = _unit_end(data, at, end, kind, marks)
            first, last = at, stop
            while first < last and is_blank(data[first]):
                first += 1
            while last > first and is_blank(data[last - 1]):
                last -= 1
            at = stop
            if first == last:
                at += stop < end and data[stop] == 10
                continue
            width, key = _form(data, first, last, forms, widths, is_exact)
            if width >= min_width:
                units[row, 0], units[row, 1], units[row, 2] = text, first - begin, last - begin
                hashes[row] = key
                row += 1
    return row


@compiled
def _unit_end(data: Any, at: int, end: int, kind: int, marks: Any) -> int:
    if kind == SENTENCE:
        return _sentence_end(data, at, end, marks)
    stop = at
    while True:
        stop = end_of_line(data, stop, end)
        if kind == LINE or stop == end:
            return stop
        ahead = stop + 1
        while ahead < end and data[ahead] != 10 and is_blank(data[ahead]):
            ahead += 1
        if ahead == end or data[ahead] == 10:
            return stop
        stop = ahead


@compiled
def _sentence_end(data: Any, at: int, end: int, marks: Any) -> int:
    """Behind the sentence's marks, or at the line feed, or at ``end``."""
    is_ended, is_alone = False, False
    while at < end and data[at] != 10:
        byte = data[at]
        if byte < 0x80:
            code, num_bytes = np.int64(byte), 1
        else:
            code, num_bytes = decode(data, at)
        mark = marks[code] if code < len(marks) else 0
        if mark & ENDS:
            is_ended, is_alone = True, is_alone or (mark & ENDS_ALONE) > 0
        elif is_ended and not mark & CLOSES:
            if is_alone or is_blank(data[at]):
                return at
            is_ended, is_alone = False, False
        at += num_bytes
    return at


@compiled
def _form(data: Any, first: int, last: int, forms: Any, widths: Any, is_exact: bool) -> Any:
    """(width, hash) of a unit; a unit whose form is empty has no width."""
    state, width = FNV_START, 0
    is_due, has_any = False, False
    at = first
    while at < last:
        byte = data[at]
        if byte < 0x80:
            code, num_bytes = np.int64(byte), 1
        else:
            code, num_bytes = decode(data, at)
        at += num_bytes
        width += widths[code] if code < len(widths) else 1
        form = code if is_exact or code >= len(forms) else np.int64(forms[code])
        if not is_exact:
            if form == SPACE:
                is_due = has_any
                continue
            if form == DROPPED:
                continue
            if is_due:
                state = (state ^ np.uint64(SPACE)) * FNV_PRIME
                is_due = False
        state = (state ^ np.uint64(form)) * FNV_PRIME
        has_any = True
    return (width if has_any else 0), mix(state)


@compiled
def repeats(texts: Any, hashes: Any, least: int, keeps_first: bool) -> Any:
    """[units]: whether each is cut, where units are repeated within one text.

    Those that stand at least ``least`` times in their text are; the first of them only when it is
    not kept. ``texts`` ascend.
    """
    num_units = len(texts)
    is_cut = np.zeros(num_units, dtype=np.bool_)
    first = 0
    while first < num_units:
        last = first
        while last < num_units and texts[last] == texts[first]:
            last += 1
        if last - first >= least:
            _repeats_of(hashes, first, last, least, keeps_first, is_cut)
        first = last
    return is_cut


@compiled
def _repeats_of(
    hashes: Any, first: int, last: int, least: int, keeps_first: bool, is_cut: Any
) -> None:
    order = first + np.argsort(hashes[first:last], kind="mergesort")
    begin = 0
    while begin < len(order):
        stop = begin
        while stop < len(order) and hashes[order[stop]] == hashes[order[begin]]:
            stop += 1
        if stop - begin >= least:
            for place in range(begin + keeps_first, stop):
                is_cut[order[place]] = True
        begin = stop
