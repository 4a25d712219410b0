"""What the model wrote for its fixed prompts, step by step: a grid of prompts and steps.

Neighbouring texts are compared word by word: what is new since the step before is marked. Where the
run checks its samples, each says what it found, and each step how many were right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from training.events import EventKind
from training.folder.layout import JobFolder
from training.generate.checks import Tally
from webapp.jobs.event_lines import Event, event_of
from webapp.jobs.tails import file_end, whole_lines

#: Samples stand far apart in a file of progress events.
_MOST_BYTES = 8 << 20
_MARKS = (b'"kind":"sample"', b'"kind":"resumed"')
_WORD = re.compile(r"\s+|\w+|[^\w\s]+")
#: Of one text, for the comparison (its time grows with the square).
_MAX_WORDS = 600
MAX_STEPS = 40


@dataclass(frozen=True)
class Piece:
    """Consecutive words; ``is_new``: not in the text of the step before."""

    text: str
    is_new: bool = False


@dataclass(frozen=True)
class Sample:
    """One text; ``event`` also tells what a check of it found."""

    step: int
    text: str
    pieces: list[Piece]
    event: Event


@dataclass(frozen=True)
class Grid:
    """Prompts in the order of their first sample; ``steps`` rising; a cell may be missing.

    ``checks``: what was found at each of the steps; empty where nothing was checked.

    ``has_earlier``: the events reach further back than was looked at.
    """

    steps: list[int]
    rows: list[tuple[str, list[Sample | None]]]
    all_steps: list[int]
    checks: list[Tally]
    has_earlier: bool = False


def texts_of(folder: JobFolder) -> dict[str, dict[int, str]]:
    """{prompt: {step: text}}; what a rewind took back is no sample of the run."""
    found = _read_samples(folder)[0]
    return {
        prompt: {step: _text(event) for step, event in by_step.items()}
        for prompt, by_step in found.items()
    }


def _text(event: Event) -> str:
    return str(event.get("text", ""))


def _read_samples(folder: JobFolder) -> tuple[dict[str, dict[int, Event]], bool]:
    """{prompt: {step: event}}, and whether the whole file of events was looked at."""
    block, is_whole = file_end(folder.events, most_bytes=_MOST_BYTES)
    found: dict[str, dict[int, Event]] = {}
    for line in whole_lines(block):
        if not any(mark in line for mark in _MARKS):
            continue
        event = event_of(line)
        step = event.get("step")
        if not isinstance(step, int):
            continue
        if event["kind"] == EventKind.RESUMED:
            found = {prompt: _up_to(step, events) for prompt, events in found.items()}
        elif event["kind"] == EventKind.SAMPLE:
            found.setdefault(str(event.get("prompt", "")), {})[step] = event
    return {prompt: events for prompt, events in found.items() if events}, is_whole


def _up_to(last: int, events: dict[int, Event]) -> dict[int, Event]:
    return {step: event for step, event in events.items() if step <= last}


def grid_of(folder: JobFolder, chosen: Sequence[int] = (), most: int = 4) -> Grid:
    """The steps chosen, or ``most`` spread over the run, first and last among them."""
    found, is_whole = _read_samples(folder)
    every = sorted({step for one in found.values() for step in one})
    steps = [step for step in every if step in set(chosen)][:MAX_STEPS] or spread(every, most)
    rows = [(prompt, _row(by_step, steps)) for prompt, by_step in found.items()]
    checks = [Tally.of(one[step] for one in found.values() if step in one) for step in steps]
    if not any(checks):
        checks = []
    return Grid(steps, rows, every, checks, has_earlier=not is_whole)


def spread(steps: Sequence[int], most: int) -> list[int]:
    """At most ``most`` of them, evenly, with the first and the last."""
    if len(steps) <= most:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(n * last / (most - 1))] for n in range(most)]


def _row(by_step: dict[int, Event], steps: Sequence[int]) -> list[Sample | None]:
    row: list[Sample | None] = []
    before: str | None = None
    for step in steps:
        event = by_step.get(step)
        if event is None:
            row.append(None)
            continue
        text = _text(event)
        pieces = [Piece(text)] if before is None else changed_words(before, text)
        row.append(Sample(step, text, pieces, event))
        before = text
    return row


def changed_words(before: str, after: str) -> list[Piece]:
    """The words of ``after``, those that are new against ``before`` marked; joined they are it."""
    old, new = _WORD.findall(before)[:_MAX_WORDS], _WORD.findall(after)
    compared, rest = new[:_MAX_WORDS], new[_MAX_WORDS:]
    matcher = difflib.SequenceMatcher(a=old, b=compared, autojunk=False)
    pieces = [
        Piece("".join(compared[start:end]), tag != "equal")
        for tag, _a, _b, start, end in matcher.get_opcodes()
        if end > start
    ]
    return [*pieces, Piece("".join(rest))] if rest else pieces
