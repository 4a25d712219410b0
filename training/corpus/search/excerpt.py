"""A hit with what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.corpus.search.phrase import character_places

CONTEXT_CHARACTERS = 120
_LONGEST_BYTES = 4


@dataclass(frozen=True)
class Hit:
    """``start`` and ``stop`` are characters of the document; ``line`` counts its lines from 1.

    ``before`` and ``after`` are at most 120 characters each; the hit is ``match``.
    """

    start: int
    stop: int
    line: int
    before: str
    match: str
    after: str
    is_cut_before: bool
    is_cut_after: bool


def hits_of(data: bytes, places: Sequence[Sequence[int]]) -> list[Hit]:
    """The hits at these places (first byte, byte behind), ascending, of a text in UTF-8."""
    spans = [(start, stop) for start, stop in places]
    found, at, line = [], 0, 1
    for (start, stop), (first, last) in zip(spans, character_places(data, spans), strict=True):
        line += data.count(b"\n", at, start)
        at = start
        room = CONTEXT_CHARACTERS * _LONGEST_BYTES
        before = data[max(0, start - room) : start].decode(errors="ignore")[-CONTEXT_CHARACTERS:]
        after = data[stop : stop + room].decode(errors="ignore")[:CONTEXT_CHARACTERS]
        found.append(
            Hit(
                start=first,
                stop=last,
                line=line,
                before=before,
                match=data[start:stop].decode(),
                after=after,
                is_cut_before=len(before) < first,
                is_cut_after=stop + len(after.encode()) < len(data),
            )
        )
    return found
