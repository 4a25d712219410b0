"""A piece of a document around what a rule found in it, for lists of dropped documents.

Personal data is masked in every piece, whatever the corpus redacts.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.corpus.pii.redact import redact
from training.corpus.places import Place, Places, merged
from training.corpus.rules.rule import Rule, places_of
from training.corpus.signals.table import SignalTable

EXCERPT_CHARACTERS = 320
_BEFORE = 60
#: Longer texts are looked through only so far: a list of documents must be quick.
SEARCHED_CHARACTERS = 50_000
#: So that a value at the end of what is searched is masked whole.
_BEYOND = 10_000

_NOWHERE: Places = []


@dataclass(frozen=True)
class Excerpt:
    """``places`` are (start, stop) within ``excerpt``, which starts at ``start`` once masked."""

    excerpt: str
    start: int
    is_cut: bool
    places: Places


def excerpt_of(
    text: str, found: Places = _NOWHERE, characters: int = EXCERPT_CHARACTERS
) -> Excerpt:
    """The opening, or what stands around the first of the places; always masked."""
    found = merged(found)
    skipped = found[0][0] - _BEYOND if found and found[0][0] > SEARCHED_CHARACTERS else 0
    masked = redact(text[skipped : skipped + SEARCHED_CHARACTERS + _BEYOND])
    found = merged(masked.moved([(start - skipped, stop - skipped) for start, stop in found]))
    text, is_whole = masked.text, skipped + SEARCHED_CHARACTERS + _BEYOND >= len(text)
    start = max(0, found[0][0] - _BEFORE) if found else 0
    if start < _BEFORE:
        start = 0
    stop = min(len(text), start + characters)
    inside = [_within(place, start, stop) for place in found if place[0] < stop]
    is_cut = stop < len(text) or not is_whole
    return Excerpt(text[start:stop], skipped + start, is_cut, inside)


def places_shown(rule: Rule | None, table: SignalTable, index: int, text: str) -> Places:
    """What a list marks in a document: what the rule sees, as far as it is looked through."""
    return places_of(rule, table, index, text[:SEARCHED_CHARACTERS]) if rule else []


def _within(place: Place, start: int, stop: int) -> Place:
    return max(0, place[0] - start), min(stop, place[1]) - start
