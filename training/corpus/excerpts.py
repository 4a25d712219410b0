"""A piece of a document around what a rule found in it, for lists of dropped documents.

Personal data is masked in every piece, whatever the corpus redacts.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.corpus.pii.redact import redact
from training.corpus.places import Place, Places, merged
from training.corpus.rules.rule import Rule

EXCERPT_CHARACTERS = 320
_BEFORE = 60
#: Longer texts are looked through only so far: a list of documents must be quick.
_SEARCHED_CHARACTERS = 50_000
#: So that a value at the end of what is searched is masked whole.
_BEYOND = 10_000


@dataclass(frozen=True)
class Excerpt:
    """``places`` are (start, stop) within ``excerpt``, which starts at ``start`` once masked."""

    excerpt: str
    start: int
    is_cut: bool
    places: Places


def excerpt_of(text: str, rule: Rule | None = None) -> Excerpt:
    """The opening, or what stands around the first place that the rule names; always masked."""
    found = merged(rule.places(text[:_SEARCHED_CHARACTERS])) if rule else []
    masked = redact(text[: _SEARCHED_CHARACTERS + _BEYOND])
    found = merged(masked.moved(found))
    text = masked.text
    start = max(0, found[0][0] - _BEFORE) if found else 0
    if start < _BEFORE:
        start = 0
    stop = min(len(text), start + EXCERPT_CHARACTERS)
    inside = [_within(place, start, stop) for place in found if place[0] < stop]
    return Excerpt(text[start:stop], start, stop < len(text), inside)


def _within(place: Place, start: int, stop: int) -> Place:
    return max(0, place[0] - start), min(stop, place[1]) - start
