"""Mends the lines of printed pages: hyphenated words are joined, lines become paragraphs.

A hyphen at the end of a line goes when the whole word stands elsewhere in the document or nothing
speaks for the compound; it stays when the compound with its hyphen does. A line goes on in the next
when it fills the page's width and the next does not begin an item of a list.
"""

from __future__ import annotations

import re
from itertools import pairwise

#: Share of the page's usual width from which a line counts as full.
_FULL_FRACTION = 0.8
_MIN_LINES = 5
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"([^\W\d_][\w-]*)[-\u2010]$")
SOFT_HYPHEN = "\u00ad"
_SOFT = re.compile(rf"([^\W\d_][\w-]*){SOFT_HYPHEN}([^\W\d_]+)")
_STARTS = re.compile(r"([^\W\d_]+)")
_ITEM = re.compile(r"\s*(?:[-*•◦‣▪●○–]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s)")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")


def mended(pages: list[list[str]]) -> tuple[list[str], int]:
    """The text of each page, and how many hyphens went."""
    words = {word.lower() for lines in pages for line in lines for word in _WORD.findall(line)}
    texts, num_mended = [], 0
    for lines in pages:
        num_soft = 0
        for place, line in enumerate(lines):
            lines[place], count = _without_soft_hyphens(line, words)
            num_soft += count
        lines, num_hard = _dehyphenated(lines, words)
        num_mended += num_soft + num_hard
        texts.append(_paragraphs(lines))
    return texts, num_mended


def _without_soft_hyphens(line: str, words: set[str]) -> tuple[str, int]:
    """pdfium joins a broken word by itself and marks where its hyphen was."""
    count = 0

    def joined(found: re.Match[str]) -> str:
        nonlocal count
        head, tail = found.groups()
        keeps = _keeps_hyphen(head.lower(), tail.lower(), words)
        count += not keeps
        return f"{head}-{tail}" if keeps else head + tail

    line = _SOFT.sub(joined, line)
    return line.replace(SOFT_HYPHEN, ""), count


def _dehyphenated(lines: list[str], words: set[str]) -> tuple[list[str], int]:
    found: list[str] = []
    count = 0
    for line in lines:
        broken = _BROKEN.search(found[-1]) if found else None
        start = _STARTS.match(line)
        if not broken or not start or not start.group(1)[0].islower():
            found.append(line)
            continue
        head, tail = broken.group(1), start.group(1)
        keeps = _keeps_hyphen(head.lower(), tail.lower(), words)
        # The rest of the word moves up; what follows it stays a line of its own.
        found[-1] = found[-1][:-1] + ("-" if keeps else "") + tail
        count += not keeps
        rest = line[start.end() :]
        cut = re.match(r"[^\s]*", rest)
        found[-1] += cut.group() if cut else ""
        if remainder := rest[cut.end() if cut else 0 :].strip():
            found.append(remainder)
    return found, count


def _keeps_hyphen(head: str, tail: str, words: set[str]) -> bool:
    last = head.rsplit("-", 1)[-1]
    if last + tail in words or head + tail in words:
        return False
    return f"{head}-{tail}" in words or f"{last}-{tail}" in words or "-" in head


def _paragraphs(lines: list[str]) -> str:
    if len(lines) < _MIN_LINES:
        return "\n".join(lines)
    widths = sorted(_width(line) for line in lines)
    full = _FULL_FRACTION * widths[int(0.9 * (len(widths) - 1))]
    text = lines[0]
    for before, line in pairwise(lines):
        goes_on = _width(before) >= full and not _ITEM.match(line)
        if not goes_on:
            text += "\n" + line
        elif _CJK.match(line[:1]) and _CJK.match(text[-1:]):
            text += line.lstrip()
        else:
            text += " " + line.lstrip()
    return text


def _width(line: str) -> int:
    return len(line) + len(_CJK.findall(line))
