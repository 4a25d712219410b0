"""Compiled loop that makes edits, line by line; see `edits` for what it promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, end_of_line, is_blank


@compiled
def apply(
    data: Any,
    offsets: Any,
    texts: Any,
    starts: Any,
    stops: Any,
    inserted: Any,
    bounds: Any,
    result: Any,
) -> Any:
    """Write all texts with their edits made; returns their offsets [texts + 1].

    Edit e replaces bytes ``starts[e]`` to ``stops[e]`` of text ``texts[e]`` by
    ``inserted[bounds[e]:bounds[e + 1]]``.
    """
    num_texts, num_edits = len(offsets) - 1, len(texts)
    written = np.zeros(num_texts + 1, dtype=np.int64)
    edit, to = 0, 0
    for text in range(num_texts):
        begin, end = offsets[text], offsets[text + 1]
        first = edit
        while edit < num_edits and texts[edit] == text:
            edit += 1
        if edit == first:
            result[to : to + end - begin] = data[begin:end]
            to += end - begin
        else:
            to = _one_text(
                data, begin, end, starts, stops, first, edit, inserted, bounds, result, to
            )
        written[text + 1] = to
    return written


@compiled
def _one_text(
    data: Any,
    begin: int,
    end: int,
    starts: Any,
    stops: Any,
    edit: int,
    edits_end: int,
    inserted: Any,
    bounds: Any,
    result: Any,
    to: int,
) -> int:
    """Write one text that has edits; returns where the next one begins in ``result``."""
    origin, line = to, begin
    # Behind the last line that is not blank: its content, and its line break.
    content_end, line_end = to, to
    has_dropped, after_blank = False, True
    while line < end:
        stop = end_of_line(data, line, end)
        following = min(stop + 1, end)
        content = stop
        if content > line and data[content - 1] == 13:
            content -= 1
        row = to
        is_edited = edit < edits_end and (begin + starts[edit] < following or following == end)
        if is_edited:
            edit, to = _edited_line(
                data, begin, line, content, following, end, starts, stops, edit, edits_end,
                inserted, bounds, result, to,
            )  # fmt: skip
        else:
            result[to : to + content - line] = data[line:content]
            to += content - line
        if not _is_empty(result, row, to):
            content_end = to
            result[to : to + following - content] = data[content:following]
            to += following - content
            line_end = to
            has_dropped, after_blank = False, False
        elif is_edited and not _is_empty(data, line, content):
            to = row
            has_dropped = True
        elif has_dropped and after_blank:
            to = row
        else:
            result[to : to + following - content] = data[content:following]
            to += following - content
            after_blank = True
        line = following
    if has_dropped:
        to = line_end if data[end - 1] == 10 else content_end
    return max(to, origin)


@compiled
def _edited_line(
    data: Any,
    begin: int,
    line: int,
    content: int,
    following: int,
    end: int,
    starts: Any,
    stops: Any,
    edit: int,
    edits_end: int,
    inserted: Any,
    bounds: Any,
    result: Any,
    to: int,
) -> Any:
    """Write the line ``data[line:content]``; returns (the first edit after it, next place)."""
    at, row = line, to
    is_at_cut = False
    while edit < edits_end and (begin + starts[edit] < following or following == end):
        start, stop = begin + starts[edit], begin + stops[edit]
        if start >= line:
            to = _append(data, at, min(start, content), result, row, to, is_at_cut)
            for place in range(bounds[edit], bounds[edit + 1]):
                result[to] = inserted[place]
                to += 1
        is_at_cut = bounds[edit] == bounds[edit + 1]
        at = max(at, min(stop, content))
        if stop > following:
            # It goes on in the next line, where the rest of it is cut.
            break
        edit += 1
    if is_at_cut and _is_empty(data, at, content):
        while to > row and is_blank(result[to - 1]):
            to -= 1
    else:
        to = _append(data, at, content, result, row, to, is_at_cut)
    return edit, to


@compiled
def _append(
    data: Any, start: int, stop: int, result: Any, row: int, to: int, is_at_cut: bool
) -> int:
    """Write ``data[start:stop]``; behind a cut without the white space that stands before it."""
    if is_at_cut and (to == row or is_blank(result[to - 1])):
        while start < stop and is_blank(data[start]):
            start += 1
    for place in range(start, stop):
        result[to] = data[place]
        to += 1
    return to


@compiled
def _is_empty(data: Any, start: int, stop: int) -> bool:
    for place in range(start, stop):  # noqa: SIM110 - compiled code has no all()
        if not is_blank(data[place]):
            return False
    return True
