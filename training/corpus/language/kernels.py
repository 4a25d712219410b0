"""Compiled loops: a sample of each text for language identification."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, end_of_line

#: A sample is up to three pieces (beginning, middle, end) of so many characters: longer ones cost
#: as much more and changed no answer on web pages.
PIECES, PIECE_CHARACTERS = 3, 200
#: Room for the pieces of one text: a character has at most four bytes; a space between lines.
SAMPLE_BYTES = PIECES * (4 * PIECE_CHARACTERS + 8)
#: A line counts as prose with so many bytes, of which so many tenths are letters (or not ASCII).
_LEAST_LINE, _LEAST_TENTHS = 20, 7
_JUDGED_BYTES = 400


@compiled
def sample_texts(data: Any, offsets: Any, out: Any) -> Any:
    """Write a sample of every text into ``out``; returns where each begins [texts + 1].

    Whole lines of prose are taken from the beginning, the middle and the end of a text; of a text
    that has none, whatever stands there. Line ends become spaces.
    """
    starts = np.zeros(len(offsets), dtype=np.int64)
    size = 0
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        first = size
        size = take_pieces(data, begin, end, out, size, True)
        if size == first:
            size = take_pieces(data, begin, end, out, size, False)
        starts[text + 1] = size
    return starts


@compiled
def take_pieces(data: Any, begin: int, end: int, out: Any, size: int, is_choosy: bool) -> int:
    """Append the pieces of one text; returns the new size of ``out``."""
    third = (end - begin) // PIECES
    if third <= PIECE_CHARACTERS:
        return take_piece(data, begin, end, out, size, PIECES * PIECE_CHARACTERS, is_choosy)
    for number in range(PIECES):
        at = next_character(data, begin + number * third, end)
        stop = end
        if number < PIECES - 1:
            stop = next_character(data, begin + (number + 1) * third, end)
        if number:
            at = next_line(data, at, stop)
        size = take_piece(data, at, stop, out, size, PIECE_CHARACTERS, is_choosy)
    return size


@compiled
def next_line(data: Any, at: int, end: int) -> int:
    """The beginning of the next line; where there is none near, of the next word."""
    for place in range(at, min(end, at + _JUDGED_BYTES)):
        if data[place] == 10:
            return place + 1
    for place in range(at, min(end, at + _JUDGED_BYTES)):
        if data[place] == 32:
            return place + 1
    return at


@compiled
def next_character(data: Any, at: int, end: int) -> int:
    """``at``, or behind the character that it would cut."""
    while at < end and (data[at] & 0xC0) == 0x80:
        at += 1
    return at


@compiled
def take_piece(
    data: Any, at: int, end: int, out: Any, size: int, characters: int, is_choosy: bool
) -> int:
    """Append lines that begin in [at, end) until there are so many characters."""
    while at < end and characters > 0:
        stop = end_of_line(data, at, end)
        if not is_choosy or is_prose(data, at, stop):
            while at < stop and characters > 0:
                out[size] = data[at]
                size += 1
                at += 1
                # A character goes in whole.
                while at < stop and (data[at] & 0xC0) == 0x80:
                    out[size] = data[at]
                    size += 1
                    at += 1
                characters -= 1
            out[size] = 32
            size += 1
            characters -= 1
        at = stop + 1
    return size


@compiled
def is_prose(data: Any, at: int, stop: int) -> bool:
    """Whether a line is long enough and mostly letters, judged by its beginning."""
    if stop - at < _LEAST_LINE:
        return False
    stop = min(stop, at + _JUDGED_BYTES)
    letters = spaces = 0
    for place in range(at, stop):
        byte = data[place]
        letters += byte >= 128 or 97 <= (byte | 32) <= 122
        spaces += byte == 32
    return 10 * letters >= _LEAST_TENTHS * (stop - at - spaces)
