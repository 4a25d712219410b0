"""Takes from the pages of a document what belongs to the paper: headers, footers, numbers, leaders.

1. A line among the first or last ``EDGE_LINES`` of its page, equal but for its numbers on more than
   ``MIN_REPEATED`` of the pages (of all, or of the left or the right ones), is a header or footer.
2. A line at the edge that is nothing but a page number ("12", "xii", "- 12 -", "Page 12 of 90",
   "第 12 页") goes when its number follows the pages, or when it says that it is one.
3. A line that ends in a row of dots and a number is from a table of contents.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

EDGE_LINES = 3
MIN_REPEATED = 0.5
MIN_PAGES = 3

_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.I)
_SPACES = re.compile(r"\s+")
_LEADER = re.compile(
    r"(?:\.{4,}|(?:\s\.){4,}|(?:\.\s){4,}|…{2,}|·{4,}|(?:[．。]){4,})\s*(?:\d+|[ivxlc]+)?\s*$", re.I
)
_BARE_NUMBER = re.compile(r"[-–—\s|]*(\d{1,5}|[ivxlc]{1,8})[-–—\s|]*", re.I)
_SAID_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.|pag\.)\s*\d+(?:\s*(?:of|/|von|de)\s*\d+)?\W*|\W*第\s*\d+\s*[页頁](?:\s*[共/]\s*\d+\s*[页頁]?)?\W*",
    re.I,
)

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_HEADERS = "page headers and footers"
_NUMBERS = "page numbers"
_LEADERS = "lines with dot leaders"


@dataclass
class Furniture:
    """The pages without it, and how many lines of each kind went."""

    pages: list[list[str]]
    counts: dict[str, int] = field(default_factory=lambda: {_HEADERS: 0, _NUMBERS: 0, _LEADERS: 0})


def without_furniture(pages: list[list[str]]) -> Furniture:
    """Lines of pages, in reading order and without blank ones, minus what is furniture."""
    repeated = _repeated(pages)
    offsets = _number_offsets(pages)
    furniture = Furniture([])
    for index, lines in enumerate(pages):
        kept = []
        for place, line in enumerate(lines):
            kind = ""
            if place < EDGE_LINES or place >= len(lines) - EDGE_LINES:
                kind = _edge_kind(line, index, repeated[index % 2], offsets)
            if not kind and _LEADER.search(line):
                kind = _LEADERS
            if kind:
                furniture.counts[kind] += 1
            else:
                kept.append(line)
        furniture.pages.append(kept)
    return furniture


def _edge_kind(line: str, index: int, repeated: set[str], offsets: set[tuple[bool, int]]) -> str:
    if _SAID_NUMBER.fullmatch(line):
        return _NUMBERS
    if bare := _BARE_NUMBER.fullmatch(line):
        return _NUMBERS if _offset(bare.group(1), index) in offsets else ""
    return _HEADERS if _shape(line) in repeated else ""


def _repeated(pages: list[list[str]]) -> tuple[set[str], set[str]]:
    """Shapes of repeated lines for pages of even and of odd index."""
    everywhere: Counter[str] = Counter()
    by_side: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    num_sides = [0, 0]
    for index, lines in enumerate(pages):
        if not lines:
            continue
        num_sides[index % 2] += 1
        shapes = {_shape(line) for line in [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]}
        everywhere.update(shapes)
        by_side[index % 2].update(shapes)
    num_pages = sum(num_sides)
    if num_pages < MIN_PAGES:
        return set(), set()
    common = {shape for shape, n in everywhere.items() if n > MIN_REPEATED * num_pages}
    sides = []
    for side in (0, 1):
        often = by_side[side].items() if num_sides[side] >= MIN_PAGES else ()
        sides.append(common | {shape for shape, n in often if n > MIN_REPEATED * num_sides[side]})
    return sides[0] - {"", "#"}, sides[1] - {"", "#"}


def _number_offsets(pages: list[list[str]]) -> set[tuple[bool, int]]:
    """What page numbers (Roman or not) differ by from the index of their page.

    A number at the edge is one when most pages agree; Roman ones, which only the first pages have,
    when a few do.
    """
    offsets: Counter[tuple[bool, int]] = Counter()
    num_pages = sum(bool(lines) for lines in pages)
    for index, lines in enumerate(pages):
        edge = {*lines[:EDGE_LINES], *lines[-EDGE_LINES:]}
        bare = [found.group(1) for line in edge if (found := _BARE_NUMBER.fullmatch(line))]
        offsets.update({_offset(number, index) for number in bare})
    if num_pages < MIN_PAGES:
        return set()
    needed = {False: MIN_REPEATED * num_pages, True: MIN_PAGES - 1}
    return {offset for offset, count in offsets.items() if count > needed[offset[0]]}


def _offset(number: str, index: int) -> tuple[bool, int]:
    is_roman = not number.isdigit()
    return is_roman, (_roman(number) if is_roman else int(number)) - index


def _roman(number: str) -> int:
    values = [_ROMAN[letter] for letter in number.lower()]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _shape(line: str) -> str:
    """The line with its numbers and spaces levelled, so that "Chapter 3 | 41" repeats."""
    return _SPACES.sub(" ", _NUMBER.sub("#", line)).strip().lower()
