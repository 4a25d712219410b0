"""From token spans to the steps of a run that read them, and what is to be said of a hit.

A row holds a hit *whole* when all of its tokens are in the row, and else *in part*: rows are cut
without regard to phrases. Only rows that hold a token of the hit count, not those that hold
another part of its document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from training.planning.course import Course
from training.tokens.order import RowIds
from training.tokens.seen.places import TokenSpan
from training.tokens.store import TokenStore

_CHUNK = 1 << 20


class Answer(StrEnum):
    """What is said of a hit."""

    SEEN = "seen"
    NOT_YET = "not_yet"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Extent:
    """How far a run got. Steps after ``last`` do not count; after ``planned`` there are none.

    ``is_ended`` when the steps between them will not be made, or not for these weights.
    """

    last: int
    planned: int
    is_ended: bool
    #: How the time after ``last`` is called: "the run ended at", "the base was taken at".
    ending: str


@dataclass
class Seen:
    """One hit: where its tokens are, and when they were read. Steps ascend, each once."""

    answer: Answer
    why: str = ""
    rows: list[int] = field(default_factory=list)
    num_tokens: int = 0
    #: Steps that read the whole hit, and steps that read a part of it only.
    steps: list[int] = field(default_factory=list)
    partial_steps: list[int] = field(default_factory=list)
    #: Steps of the plan that would read it and were not made.
    later_steps: list[int] = field(default_factory=list)


def rows_with(rows: Any, spans: Iterable[TokenSpan]) -> tuple[set[int], set[int]]:
    """(rows with all tokens of the spans, rows with some of them)."""
    counts: dict[int, int] = {}
    total = 0
    for span in spans:
        total += span.stop - span.start
        for row in rows.rows_with(span.document, span.start, span.stop):
            counts[row] = counts.get(row, 0) + _shared(rows, row, span)
    whole = {row for row, count in counts.items() if count == total}
    return whole, set(counts) - whole


def steps_by_row(order: RowIds, wanted: set[int], course: Course) -> dict[int, list[int]]:
    """The steps (ascending) of each of these rows, in one pass over the order."""
    found: dict[int, list[int]] = {row: [] for row in wanted}
    rows = np.array(sorted(wanted), dtype=np.int64)
    if not len(rows):
        return found
    for start in range(0, len(order), _CHUNK):
        part = np.asarray(order[start : start + _CHUNK], dtype=np.int64)
        places = np.flatnonzero(np.isin(part, rows))
        steps = course.steps_of(places + start).tolist()
        for place, step in zip(places.tolist(), steps, strict=True):
            if step:
                found[int(part[place])].append(step)
    return found


def seen_in(
    whole: set[int], partial: set[int], steps: dict[int, list[int]], extent: Extent
) -> Seen:
    """What the steps of a hit's rows say."""
    in_whole = _steps_of(whole, steps)
    in_part = _steps_of(partial, steps) - in_whole
    done = sorted(step for step in in_whole if step <= extent.last)
    done_in_part = sorted(step for step in in_part if step <= extent.last)
    later = sorted(step for step in in_whole | in_part if extent.last < step <= extent.planned)
    seen = Seen(
        Answer.SEEN,
        rows=sorted(whole | partial),
        steps=done,
        partial_steps=done_in_part,
        later_steps=later,
    )
    if done or done_in_part:
        return seen
    if not later:
        seen.answer = Answer.NEVER
        seen.why = "its tokens are in rows that the run did not reach, or passed over"
        return seen
    seen.answer = Answer.NEVER if extent.is_ended else Answer.NOT_YET
    seen.why = f"its turn is at step {later[0]:,}, and {extent.ending} step {extent.last:,}"
    return seen


def never(why: str) -> Seen:
    """A hit that no row of the run holds."""
    return Seen(Answer.NEVER, why)


def is_in_split(store: TokenStore, split: str, document: int) -> bool:
    """Whether a document of the store belongs to a split."""
    first, last = store.documents(split)
    return first <= document < last


def _steps_of(rows: set[int], steps: dict[int, list[int]]) -> set[int]:
    return {step for row in rows for step in steps[row]}


def _shared(rows: Any, row: int, span: TokenSpan) -> int:
    """How many tokens of the span the row holds."""
    held: Sequence[Any] = [one for one in rows.row(row) if one.document == span.document]
    return sum(
        max(0, min(span.stop, one.start + one.num_tokens) - max(span.start, one.start))
        for one in held
    )
