"""One compiled pass over lines and paragraphs, for all signals of lines.

A line is what stands between line feeds, without ASCII white space at its ends; blank lines are no
lines. A paragraph is a run of lines between blank ones. Lengths are in characters. Lines are
compared by their hashes, paragraphs by those of their lines and of what stands between these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.columns import (
    BULLET_LINES,
    COMMENT_LINES,
    ELLIPSES,
    ELLIPSIS_LINES,
    ENDED_LINES,
    JAVASCRIPT_LINES,
    LINES,
    LONGEST,
    LOREM_IPSUMS,
    NUM_LINE_COLUMNS,
    PARAGRAPHS,
    POLICY_LINES,
    SECOND,
    SHORT_LINES,
    SPEAKER_LINES,
    SPEAKERS,
    THIRD,
    TURNS,
    URL_CHARACTERS,
    XML_HEADER,
)
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
from training.corpus.signals.opening_kernels import is_bullet, is_comment, speaker_of
from training.corpus.signals.phrase_kernels import (
    DOTS,
    DOTS_STOP,
    JAVASCRIPTS,
    LINE_FEED,
    LOREMS,
    NUM_FOUND,
    POLICY,
    URL_BYTES,
    URL_STOP,
    note,
)

SHORT_LINE_SIZES = 30
#: Speakers that are told apart in one text.
MOST_SPEAKERS = 64
_ONE, _EIGHT, _HALF = np.uint64(1), np.uint64(8), np.uint64(32)
_XML = np.frombuffer(b"<?xml version=", dtype=np.uint8)
_XML_CHARACTERS = 100


@compiled
def line_facts(data: Any, offsets: Any, enders: Any, notes: Any, urls: Any) -> Any:
    """[texts, NUM_LINE_COLUMNS], columns as in ``columns``.

    A line is *ended* when its last code point is in ``enders`` (sorted); a line or paragraph is
    *repeated* when an equal one stands before it in the same text. LONGEST, SECOND and THIRD are
    the longest lengths between line feeds, white space included.
    """
    num_texts = len(offsets) - 1
    facts = np.zeros((num_texts, NUM_LINE_COLUMNS), dtype=np.int64)
    masks = _table_masks(data, offsets)
    size = np.int64(masks.max()) + 1 if num_texts else 1
    table = (np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64))
    speakers = np.zeros(MOST_SPEAKERS, dtype=np.uint64)
    found = np.zeros(NUM_FOUND, dtype=np.int64)
    for text in range(num_texts):
        begin, end = offsets[text], offsets[text + 1]
        found[:] = 0
        found[URL_STOP] = found[DOTS_STOP] = begin
        _count_lines(
            data, begin, end, enders, notes, urls, found, table, masks[text], text + 1, speakers,
            facts[text],
        )  # fmt: skip
        row = facts[text]
        row[LOREM_IPSUMS], row[ELLIPSES] = found[LOREMS], found[DOTS]
        row[URL_CHARACTERS] = found[URL_BYTES]
        row[XML_HEADER] = _has_xml_header(data, begin, end)
    return facts


@compiled
def _count_lines(
    data: Any, begin: int, end: int, enders: Any, notes: Any, urls: Any, found: Any, table: Any,
    mask: Any, stamp: int, speakers: Any, row: Any,
) -> None:  # fmt: skip
    """Count the lines and paragraphs of one text."""
    keys, stamps = table
    at, previous, speaker = begin, begin, np.uint64(0)
    paragraph, paragraph_characters = FNV_START, 0
    while at < end:
        stop = _read_line(data, begin, at, end, notes, urls, found)
        first, last = _stripped(data, at, stop)
        size = num_characters(data, first, last)
        _note_length(row, size + (first - at) + (stop - last))
        if first == last:
            _end_paragraph(row, keys, stamps, mask, stamp, paragraph, paragraph_characters)
            paragraph, paragraph_characters = FNV_START, 0
        else:
            line = _hash(data, first, last, FNV_START)
            _note_line(data, first, last, size, enders, row)
            _note_repeat(row, LINES, size, seen_before(keys, stamps, mask, stamp, mix(line)))
            row[POLICY_LINES] += found[POLICY] > 0
            row[JAVASCRIPT_LINES] += found[JAVASCRIPTS] > 0
            speaker = _note_speaker(row, speakers, speaker, speaker_of(data, first, last))
            if paragraph_characters:
                # What stands between the lines: ASCII white space, so its bytes are characters.
                paragraph = _hash(data, previous, first, paragraph)
                paragraph_characters += first - previous
            paragraph = mix(paragraph ^ line) * FNV_PRIME
            paragraph_characters += size
            previous = last
        found[POLICY] = found[JAVASCRIPTS] = 0
        at = stop + 1
    _end_paragraph(row, keys, stamps, mask, stamp, paragraph, paragraph_characters)


@compiled
def _read_line(data: Any, begin: int, at: int, end: int, notes: Any, urls: Any, found: Any) -> int:
    """Where the line at ``at`` ends; what stands in it is noted on the way."""
    while at < end:
        kind = notes[data[at]]
        if kind:
            if kind == LINE_FEED:
                return at
            note(data, begin, end, at, kind, urls, found)
        at += 1
    return end


@compiled
def _hash(data: Any, first: int, last: int, state: Any) -> Any:
    """Go on from ``state``: FNV-1a, eight bytes at a time as long as there are so many."""
    at, end = np.uint64(first), np.uint64(last)
    while at + _EIGHT <= end:
        word = np.uint64(0)
        for place in range(8):
            word |= np.uint64(data[at + np.uint64(place)]) << np.uint64(8 * place)
        state = (state ^ word) * FNV_PRIME
        state ^= state >> _HALF
        at += _EIGHT
    while at < end:
        state = (state ^ np.uint64(data[at])) * FNV_PRIME
        at += _ONE
    return state


@compiled
def _note_length(row: Any, size: int) -> None:
    """Keep the three longest."""
    if size > row[THIRD]:
        row[THIRD] = size
        if size > row[SECOND]:
            row[THIRD], row[SECOND] = row[SECOND], size
            if size > row[LONGEST]:
                row[SECOND], row[LONGEST] = row[LONGEST], size


@compiled
def _note_line(data: Any, first: int, last: int, size: int, enders: Any, row: Any) -> None:
    code = _last_code(data, first, last)
    place = np.searchsorted(enders, code)
    row[BULLET_LINES] += is_bullet(data, first, last)
    row[COMMENT_LINES] += is_comment(data, first, last)
    row[ELLIPSIS_LINES] += code == 0x2026 or (
        last - first >= 3 and data[last - 1] == 46 and data[last - 2] == 46 and data[last - 3] == 46
    )
    row[SHORT_LINES] += size <= SHORT_LINE_SIZES
    row[ENDED_LINES] += place < len(enders) and enders[place] == code


@compiled
def _note_repeat(row: Any, column: int, size: int, is_repeated: bool) -> None:
    row[column] += 1
    row[column + 1] += size
    if is_repeated:
        row[column + 2] += 1
        row[column + 3] += size


@compiled
def _end_paragraph(
    row: Any, keys: Any, stamps: Any, mask: Any, stamp: int, paragraph: Any, size: int
) -> None:
    if size:
        # Another stamp than that of lines: a paragraph of one line is no copy of it.
        is_repeated = seen_before(keys, stamps, mask, stamp, ~paragraph)
        _note_repeat(row, PARAGRAPHS, size, is_repeated)


@compiled
def _note_speaker(row: Any, speakers: Any, before: Any, speaker: Any) -> Any:
    """Count a line of this speaker (0: of nobody); who speaks now."""
    if speaker == 0:
        return before
    row[SPEAKER_LINES] += 1
    row[TURNS] += speaker != before
    number = row[SPEAKERS]
    for place in range(number):
        if speakers[place] == speaker:
            return speaker
    if number < MOST_SPEAKERS:
        speakers[number] = speaker
        row[SPEAKERS] = number + 1
    return speaker


@compiled
def _stripped(data: Any, first: int, last: int) -> Any:
    """(first, last) without white space at both ends."""
    while first < last and is_blank(data[first]):
        first += 1
    while last > first and is_blank(data[last - 1]):
        last -= 1
    return first, last


@compiled
def num_characters(data: Any, first: int, last: int) -> int:
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
def _table_masks(data: Any, offsets: Any) -> Any:
    """[texts]: for each a mask of hashes that leaves half of its slots free."""
    masks = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for text in range(len(masks)):
        lines = 1
        for at in range(offsets[text], offsets[text + 1]):
            lines += data[at] == 10
        # There are at most as many paragraphs as lines.
        masks[text] = table_size(2 * lines) - 1
    return masks


@compiled
def _has_xml_header(data: Any, begin: int, end: int) -> bool:
    """Whether an XML declaration stands within the first 100 characters."""
    at, left = begin, _XML_CHARACTERS
    while at < end and left >= len(_XML):
        if data[at] == _XML[0] and at + len(_XML) <= end:
            place = 1
            while place < len(_XML) and data[at + place] == _XML[place]:
                place += 1
            if place == len(_XML):
                return True
        left -= 1
        at += 1
        while at < end and (data[at] & 0xC0) == 0x80:
            at += 1
    return False
