"""How far a job is, read off the end of its events."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.events import EventKind
from training.folder.layout import JobFolder
from webapp.jobs.event_lines import Event, event_of
from webapp.jobs.tails import file_end, whole_lines

#: What every line of such an event holds.
MARK = b'"kind":"progress"'
_LAST_BYTES = 64 << 10


@dataclass(frozen=True)
class Progress:
    """How far a job is, in its own unit; ``eta_seconds`` is of its present step."""

    done: float
    total: float
    unit: str
    eta_seconds: float | None = None
    num_tokens: int | None = None

    @property
    def percent(self) -> int:
        """Whole per cent, 100 only at the end."""
        return math.floor(100 * self.done / self.total) if self.total else 0


def last_progress(folder: JobFolder) -> Progress | None:
    """The newest progress event among the last 64 kB of events."""
    block, _is_whole = file_end(folder.events, most_bytes=_LAST_BYTES)
    return newest_progress(whole_lines(block))


def newest_progress(lines: list[bytes]) -> Progress | None:
    """That of the last of these lines that tells any."""
    for line in reversed(lines):
        if MARK in line and (event := event_of(line))["kind"] == EventKind.PROGRESS:
            return _progress(event)
    return None


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
