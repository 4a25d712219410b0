"""What happened to a run, read off the end of its event files: events, progress, samples.

The files grow for days with events of progress: only their last `_MOST_BYTES` are looked at, once
for everything that a page shows, and only what is shown is parsed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from training.events import EventKind
from training.folder.layout import JobFolder
from webapp.jobs.event_lines import Event, event_of, in_order
from webapp.jobs.progress import MARK as PROGRESS
from webapp.jobs.progress import Progress, newest_progress
from webapp.jobs.tails import file_end, whole_lines
from webapp.runs.live.position import Position

#: Ten thousand events and more; read and searched in milliseconds.
_MOST_BYTES = 2 << 20
_LAST_BYTES = 64 << 10
_SAMPLE = b'"kind":"sample"'
#: Kinds that stand as marks on the charts.
MARKED = (
    "checkpoint", "checkpoint_failed", "step_skipped", "rolled_back", "resumed", "warning",
    "stopped", "failed",
)  # fmt: skip
#: Beside each other on a chart, and in the bytes of a page, there is room for so many.
_MAX_MARKS, _MAX_SAVED = 20, 30
_SAVED = b'"kind":"checkpoint"'


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
    num_told = sum(PROGRESS not in line for line in lines + wrapper_lines)
    return Story(
        events=sorted(told, key=lambda event: float(event["time"]))[-limit:],
        progress=newest_progress(lines),
        samples=_newest_samples(lines),
        marks=_marks(lines),
        has_earlier=not (is_whole and wrapper_is_whole) or num_told > limit,
    )


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


def newest_event(folder: JobFolder, kind: EventKind) -> Event | None:
    """The newest event of a kind, of the last `_MOST_BYTES`."""
    block, _is_whole = file_end(folder.events, most_bytes=_MOST_BYTES)
    mark = f'"kind":"{kind}"'.encode()
    found = (event for event in _backwards(whole_lines(block), mark) if event["kind"] == kind)
    return next(found, None)


def _told(lines: list[bytes], source: str, limit: int) -> list[Event]:
    newest = [line for line in lines if PROGRESS not in line][-limit:]
    return [{**event, "source": source} for event in in_order(map(event_of, newest))]


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
            before = newest_progress(lines[:number])
            event = {**event, "step": int(before.done)} if before else event
        marks.append(event)
    return [one for one in marks if one["kind"] in MARKED and isinstance(one.get("step"), int)]


def _backwards(lines: list[bytes], mark: bytes) -> Iterator[Event]:
    """Events of the lines that hold ``mark``, the newest first."""
    return (event_of(line) for line in reversed(lines) if mark in line)
