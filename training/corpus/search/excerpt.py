"""A hit with what stands around it; personal data is masked, in the hit too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.corpus.pii.redact import redact
from training.corpus.search.phrase import character_places

CONTEXT_CHARACTERS = 120
_LONGEST_BYTES = 4
#: Looked at on either side beyond the context, so that a value at its edge is masked whole.
_BEYOND_BYTES = 1_000


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
        before, match, after = _masked(data, start, stop)
        found.append(
            Hit(
                start=first,
                stop=last,
                line=line,
                before=before[-CONTEXT_CHARACTERS:],
                match=match,
                after=after[:CONTEXT_CHARACTERS],
                is_cut_before=first > CONTEXT_CHARACTERS,
                is_cut_after=len(after) > CONTEXT_CHARACTERS,
            )
        )
    return found


def _masked(data: bytes, start: int, stop: int) -> tuple[str, str, str]:
    """What stands before, at and behind a place in bytes, somewhat more than the context."""
    room = CONTEXT_CHARACTERS * _LONGEST_BYTES + _BEYOND_BYTES
    before = data[max(0, start - room) : start].decode(errors="ignore")
    match = data[start:stop].decode()
    after = data[stop : stop + room].decode(errors="ignore")
    masked = redact(before + match + after)
    ((first, last),) = masked.moved([(len(before), len(before) + len(match))])
    return masked.text[:first], masked.text[first:last], masked.text[last:]
