"""What finds one kind of personal data: an expression for a trigger's windows, and a check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

#: What the byte kernel looks for; a detector is given windows of its own triggers only.
AT_SIGN, NUMBER, COLONS, TOKEN, ACCOUNT, KEY_BLOCK = TRIGGERS = tuple(range(6))

Place = tuple[int, int]
#: (text, start, stop of the window) -> places; expressions may look around the window's start.
Search = Callable[[str, int, int], Iterator[Place]]
Check = Callable[[re.Match[str]], bool]


@dataclass(frozen=True)
class Detector:
    """``label`` stands in placeholders; ``same`` brings spellings of one value together."""

    label: str
    #: Trigger -> what is searched in its windows.
    searches: Mapping[int, Search]
    same: Callable[[str], str]


def matching(pattern: str, check: Check = bool, *, group: int | str = 0) -> Search:
    """Search by an expression (ASCII classes; ``group`` is the value) whose matches pass a check.

    Every repetition in ``pattern`` must be bounded, so that no text takes more than linear time.
    """
    compiled = re.compile(pattern, re.ASCII | re.VERBOSE)

    def search(text: str, start: int, stop: int) -> Iterator[Place]:
        for match in compiled.finditer(text, start, stop):
            if check(match):
                yield match.span(group)

    return search


def all_of(*searches: Search) -> Search:
    """What any of them finds."""

    def search(text: str, start: int, stop: int) -> Iterator[Place]:
        for one in searches:
            yield from one(text, start, stop)

    return search


def characters_only(value: str) -> str:
    """Letters and digits, in lower case: spaces and hyphens make no other number."""
    return "".join(filter(str.isalnum, value)).lower()
