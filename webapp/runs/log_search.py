"""Searches a log of any length: bounded work per request, and true counts of what was read.

A request ends after `MAX_BYTES` or `MAX_SECONDS`, says up to which byte it came and how many lines
it found; the next one goes on from there. Expressions are those of RE2 (Arrow's), which never goes
back: its time grows with the text alone, whatever the expression, and its memory is bounded.
"""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from webapp.core.errors import ApplicationError
from webapp.runs.log_lines import LEVELS, LogLine, level_of, line_start, log_line, size_of

MAX_BYTES = 256 << 20
MAX_SECONDS = 1.5
MAX_SHOWN = 200
MAX_QUERY_CHARS = 200
#: Of one line, for an expression.
_MAX_LINE_BYTES = 16 << 10
_BLOCK_BYTES = 4 << 20
_EXPRESSION_BLOCK_BYTES = 512 << 10
#: A line of that level has one of these; found much faster than the expression that decides.
_SUSPECT = {
    "error": (b"error", b"traceback", b"exception", b"critical", b"fatal"),
    "warning": (b"warn",),
}

#: (first byte of the line within the block, the line) of every line that is wanted.
Finder = Callable[[bytes], Iterator[tuple[int, bytes]]]


@dataclass(frozen=True)
class Wanted:
    """What to look for: words or an expression, a level, or both."""

    query: str = ""
    is_regex: bool = False
    level: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not (self.query or self.level)


@dataclass
class Found:
    """The first lines found, how many there are in all, and where the search stands.

    ``searched_to`` is the byte up to which everything was counted; ``next`` where the lines that
    are not listed begin.
    """

    size: int
    searched_to: int
    num_found: int = 0
    lines: list[LogLine] = field(default_factory=list)
    next_line: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether the whole log was searched."""
        return self.searched_to >= self.size

    @property
    def next(self) -> int | None:
        """Where to go on: behind the lines listed, or behind what was searched."""
        if self.next_line is not None:
            return self.next_line
        return None if self.is_done else self.searched_to

    @property
    def num_before_next(self) -> int:
        """How many of the lines found lie before ``next``."""
        return len(self.lines) if self.next_line is not None else self.num_found


def search(path: Path, wanted: Wanted, start: int = 0) -> Found:
    """Lines of the log from byte ``start`` on; ApplicationError for an expression that is none."""
    find = _finder(wanted)
    is_expression = wanted.is_regex or not wanted.query.isascii()
    block_bytes = _EXPRESSION_BLOCK_BYTES if is_expression else _BLOCK_BYTES
    size = size_of(path)
    start = line_start(path, min(max(0, start), size))
    found = Found(size, start)
    deadline = time.monotonic() + MAX_SECONDS
    if not size:
        return found
    with path.open("rb") as file:
        while found.searched_to < size and found.searched_to - start < MAX_BYTES:
            block = _whole_lines(file, found.searched_to, block_bytes)
            for place, line in find(block):
                _take(found, found.searched_to + place, line)
            found.searched_to += len(block)
            if not block or time.monotonic() > deadline:
                break
    return found


def _take(found: Found, offset: int, line: bytes) -> None:
    found.num_found += 1
    if len(found.lines) < MAX_SHOWN:
        found.lines.append(log_line(offset, line))
    elif found.next_line is None:
        found.next_line = offset


def _whole_lines(file: Any, start: int, size: int) -> bytes:
    """A block that ends with a line, or with the file."""
    file.seek(start)
    block: bytes = file.read(size)
    if len(block) < size:
        return block
    end = block.rfind(b"\n") + 1
    return block[:end] if end else block


def _finder(wanted: Wanted) -> Finder:
    if wanted.level not in ("", *LEVELS):
        raise _refused("level", _("There is no such level; accepted: error, warning, info."))
    if len(wanted.query) > MAX_QUERY_CHARS:
        most = _("Search for at most %(most)s characters.") % {"most": MAX_QUERY_CHARS}
        raise _refused("q", most)
    if wanted.is_regex and wanted.query:
        return _by_expression(wanted.query, wanted.level)
    if not wanted.query.isascii():
        # Bytes know capital letters of ASCII alone; an expression knows all of them.
        return _by_expression(re.escape(wanted.query), wanted.level)
    if wanted.query:
        needle = wanted.query.lower().encode()
        return _by_places(lambda block: _places(block.lower(), needle), wanted.level)
    suspect = _SUSPECT.get(wanted.level)
    if suspect is None:
        return _every_line(wanted.level)
    return _by_places(lambda block: _all_places(block.lower(), suspect), wanted.level)


def _refused(name: str, message: str) -> ApplicationError:
    return ApplicationError(message, fields={name: [message]})


def _places(block: bytes, needle: bytes) -> Iterator[int]:
    place = block.find(needle)
    while place >= 0:
        yield place
        place = block.find(needle, max(place + 1, block.find(b"\n", place)))


def _all_places(block: bytes, needles: tuple[bytes, ...]) -> Iterator[int]:
    return heapq.merge(*(_places(block, needle) for needle in needles))


def _by_places(places: Callable[[bytes], Iterator[int]], level: str) -> Finder:
    def find(block: bytes) -> Iterator[tuple[int, bytes]]:
        passed = -1
        for place in places(block):
            if place < passed:
                continue
            start = block.rfind(b"\n", 0, place) + 1
            end = block.find(b"\n", place)
            passed = end if end >= 0 else len(block)
            line = block[start:passed]
            if not level or level_of(line) == level:
                yield start, line

    return find


def _by_expression(query: str, level: str) -> Finder:
    import pyarrow as pa
    import pyarrow.compute as pc

    def matches(texts: list[str]) -> list[bool]:
        try:
            found = pc.match_substring_regex(pa.array(texts, pa.string()), query, ignore_case=True)
        except pa.ArrowInvalid as error:
            why = str(error).removeprefix("Invalid regular expression: ")
            message = _("This is no regular expression: %(why)s.") % {"why": why}
            raise _refused("q", message) from error
        return list(found.to_pylist())

    def find(block: bytes) -> Iterator[tuple[int, bytes]]:
        lines = list(_lines(block))
        texts = [line[:_MAX_LINE_BYTES].decode("utf-8", "replace") for _place, line in lines]
        for (start, line), is_wanted in zip(lines, matches(texts), strict=True):
            if is_wanted and (not level or level_of(line) == level):
                yield start, line

    matches([""])
    return find


def _every_line(level: str) -> Finder:
    def find(block: bytes) -> Iterator[tuple[int, bytes]]:
        return ((start, line) for start, line in _lines(block) if level_of(line) == level)

    return find


def _lines(block: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in block.split(b"\n"):
        if line or start < len(block):
            yield start, line
        start += len(line) + 1
