"""What happened to a run, read off the end of its event files: events, progress, samples.

The files grow for days with events of progress: only their last `_MOST_BYTES` are looked at, once
for everything that a page shows, and only what is shown is parsed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from training.events import EventKind
from training.folder.layout import JobFolder
from webapp.runs.event_lines import Event, event_of, in_order
from webapp.runs.live.position import Position
from webapp.runs.tails import file_end, whole_lines

#: Ten thousand events and more; read and searched in milliseconds.
_MOST_BYTES = 2 << 20
_LAST_BYTES = 64 << 10
_PROGRESS = b'"kind":"progress"'
_SAMPLE = b'"kind":"sample"'
#: Kinds that stand as marks on the charts.
MARKED = ("checkpoint", "checkpoint_failed", "resumed", "warning", "stopped", "failed")
#: Beside each other on a chart, and in the bytes of a page, there is room for so many.
_MAX_MARKS, _MAX_SAVED = 20, 30
_SAVED = b'"kind":"checkpoint"'


@dataclass(frozen=True)
class Progress:
    """How far a job is, in its own unit."""

    done: float
    total: float
    unit: str
    eta_seconds: float | None = None
    num_tokens: int | None = None

    @property
    def percent(self) -> int:
        """Whole per cent, 100 only at the end."""
        return math.floor(100 * self.done / self.total) if self.total else 0


@dataclass(frozen=True)
class Story:
    """The newest events that are no mere progress, oldest first; ``has_earlier``: not all are here.

    ``samples`` are those of the newest step that has any.
    """

    events: list[Event]
    progress: Progress | None
    samples: list[Event]
    #: What is worth a mark on the charts, each with a ``step``: of many checkpoints some, spread
    #: over the run, and the newest of all else.
    marks: list[Event]
    has_earlier: bool


def read_story(folder: JobFolder, end: Position, limit: int) -> Story:
    """The story up to a position: what follows it comes live."""
    own, is_whole = file_end(folder.events, most_bytes=_MOST_BYTES, stop=end.events)
    wrapper, wrapper_is_whole = file_end(
        folder.wrapper_events, most_bytes=_MOST_BYTES, stop=end.wrapper_events
    )
    lines, wrapper_lines = whole_lines(own), whole_lines(wrapper)
    told = _told(lines, "events", limit) + _told(wrapper_lines, "wrapper_events", limit)
    num_told = sum(_PROGRESS not in line for line in lines + wrapper_lines)
    return Story(
        events=sorted(told, key=lambda event: float(event["time"]))[-limit:],
        progress=_newest_progress(lines),
        samples=_newest_samples(lines),
        marks=_marks(lines),
        has_earlier=not (is_whole and wrapper_is_whole) or num_told > limit,
    )


def last_progress(folder: JobFolder) -> Progress | None:
    """The newest progress event among the last 64 kB of events."""
    block, _is_whole = file_end(folder.events, most_bytes=_LAST_BYTES)
    return _newest_progress(whole_lines(block))


def first_event(folder: JobFolder, kinds: Collection[str], field: str) -> Event | None:
    """The first event of one of these kinds that has ``field``, of the first 64 kB."""
    try:
        with folder.events.open("rb") as file:
            block = file.read(_LAST_BYTES)
    except FileNotFoundError:
        return None
    for line in whole_lines(block):
        event = event_of(line)
        if event["kind"] in kinds and field in event:
            return event
    return None


def _told(lines: list[bytes], source: str, limit: int) -> list[Event]:
    newest = [line for line in lines if _PROGRESS not in line][-limit:]
    return [{**event, "source": source} for event in in_order(map(event_of, newest))]


def _newest_progress(lines: list[bytes]) -> Progress | None:
    for event in _backwards(lines, _PROGRESS):
        if event["kind"] == EventKind.PROGRESS:
            return _progress(event)
    return None


def _newest_samples(lines: list[bytes]) -> list[Event]:
    samples: list[Event] = []
    for event in _backwards(lines, _SAMPLE):
        if event["kind"] != EventKind.SAMPLE:
            continue
        if samples and event.get("step") != samples[-1].get("step"):
            break
        samples.append(event)
    return samples[::-1]


def _marks(lines: list[bytes]) -> list[Event]:
    """An event without a step stands at the last one told before it; with none it is no mark."""
    kinds = tuple(f'"kind":"{kind}"'.encode() for kind in MARKED)
    held = [n for n, line in enumerate(lines) if any(kind in line for kind in kinds)]
    saved = [n for n in held if _SAVED in lines[n]]
    others = [n for n in held if _SAVED not in lines[n]]
    # From the end, so that the newest one is among them.
    shown = saved[:: -max(1, -(-len(saved) // _MAX_SAVED))] + others[-_MAX_MARKS:]
    marks = []
    for number in sorted(shown):
        event = event_of(lines[number])
        if event["kind"] in MARKED and not isinstance(event.get("step"), int):
            before = _newest_progress(lines[:number])
            event = {**event, "step": int(before.done)} if before else event
        marks.append(event)
    return [one for one in marks if one["kind"] in MARKED and isinstance(one.get("step"), int)]


def _backwards(lines: list[bytes], mark: bytes) -> Iterator[Event]:
    """Events of the lines that hold ``mark``, the newest first."""
    return (event_of(line) for line in reversed(lines) if mark in line)


def _progress(event: Event) -> Progress:
    tokens = _number(event, "num_tokens")
    return Progress(
        done=_number(event, "done") or 0.0,
        total=_number(event, "total") or 0.0,
        unit=str(event.get("unit", "")),
        eta_seconds=_number(event, "eta_seconds"),
        num_tokens=None if tokens is None else int(tokens),
    )


def _number(event: Event, name: str) -> float | None:
    """What damage has made no number counts as missing."""
    value = event.get(name)
    return float(value) if isinstance(value, int | float) else None
