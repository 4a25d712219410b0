"""Line-level validation: a document of which most lines are very short is debris.

Chat logs, menus, and tables that lost their cells look so. A line is short below
``short_line_characters``; a CJK character counts for two, it says as much. Blank lines do not
count; documents of fewer than ``min_lines`` lines are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item

_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def checked(items: Iterator[Item], options: ReadOptions) -> Iterator[Item]:
    """The same items; a document with too many short lines becomes its fault."""
    for item in items:
        reason = debris_reason(item.text, options) if isinstance(item, Found) else ""
        if reason and isinstance(item, Found):
            yield Fault(item.line, reason, page=item.page, what="document")
        else:
            yield item


def debris_reason(text: str, options: ReadOptions) -> str:
    """Why the text is no prose, with the value and the threshold; empty when it may be."""
    lines = [line for raw in text.splitlines() if (line := raw.strip())]
    if len(lines) < options.min_lines:
        return ""
    num_short = sum(
        len(line) + len(_WIDE.findall(line)) < options.short_line_characters for line in lines
    )
    fraction = num_short / len(lines)
    if fraction <= options.max_short_fraction:
        return ""
    return (
        f"{100 * fraction:.0f} % of its {len(lines):,} lines are shorter than "
        f"{options.short_line_characters} characters (a chat log, a menu or a table); at most "
        f"{100 * options.max_short_fraction:.0f} % are accepted (line_check.max_short_fraction)"
    )
