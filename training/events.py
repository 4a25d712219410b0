"""Events: one JSON object per line, appended by one writer per file, read by cursor.

Every event has ``seq`` (1, 2, 3 ... within its file), ``time`` (unix seconds), ``generation``
(attempt), ``kind`` and the fields of its kind. A torn last line (killed while writing) is cut off
by the next writer and ignored by readers. A full disk never stops the job: events wait in memory
(bounded, losses counted in the next event that fits) until there is room.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from training.folder.atomic import is_full

_LOST = "num_events_lost"
_MAX_WAITING = 1_000
_MAX_READ_BYTES = 1 << 20


class EventKind(StrEnum):
    """What can be reported; the page has a sentence for each."""

    STARTED = "started"
    RESUMED = "resumed"
    KERNELS = "kernels"
    PHASE = "phase"
    PROGRESS = "progress"
    CHECKPOINT = "checkpoint"
    CHECKPOINT_FAILED = "checkpoint_failed"
    CHECKPOINT_SKIPPED = "checkpoint_skipped"
    STEP_SKIPPED = "step_skipped"
    OVERFLOW = "overflow"
    ROLLED_BACK = "rolled_back"
    VALIDATION = "validation"
    SAMPLE = "sample"
    FORGETTING = "forgetting"
    TEST = "test"
    BENCHMARK = "benchmark"
    WARNING = "warning"
    NOTE = "note"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True)
class Event:
    """One line of an event file."""

    seq: int
    time: float
    generation: int
    kind: str
    data: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Flat, as it stands in the file."""
        return {
            "seq": self.seq,
            "time": self.time,
            "generation": self.generation,
            "kind": self.kind,
            **self.data,
        }


class EventWriter:
    """Appends events to one file. One writer per file at a time; no path means no writing."""

    def __init__(self, path: Path | None, *, generation: int = 0) -> None:
        self.path = path or Path(os.devnull)
        self.generation = generation
        self.num_lost = 0
        self._waiting: deque[bytes] = deque()
        self._lock = threading.RLock()
        self._seq = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._seq = _mend(path)
        path = self.path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o644)

    def write(self, kind: EventKind, **data: Any) -> None:
        """Append one event; NaN and infinities in ``data`` are written as text."""
        with self._lock:
            self._make_room()
            self._seq += 1
            if self.num_lost:
                data = {**data, _LOST: self.num_lost}
                self.num_lost = 0
            event = Event(self._seq, time.time(), self.generation, str(kind), data)
            line = json.dumps(_finite(event.as_dict()), ensure_ascii=False, separators=(",", ":"))
            self._waiting.append(line.encode() + b"\n")
            self.flush()

    def flush(self) -> bool:
        """Write what waits; False when the disk is still full."""
        with self._lock:
            while self._waiting:
                if not self._append(self._waiting[0]):
                    return False
                self._waiting.popleft()
            return True

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        os.close(self._descriptor)

    def _make_room(self) -> None:
        """Give up the oldest event when too many wait; what it said of losses is kept."""
        if len(self._waiting) == _MAX_WAITING and not self.flush():
            dropped = json.loads(self._waiting.popleft())
            self.num_lost += 1 + int(dropped.get(_LOST, 0))

    def _append(self, line: bytes) -> bool:
        size = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            if is_full(error):
                return False
            raise
        if written < len(line):
            # A part fitted: take it back, so that the file never holds half an event.
            os.truncate(self.path, size)
            return False
        return True


def read_events(
    path: Path, *, offset: int = 0, stop: int | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Whole events from byte ``offset`` on (about 1 MB, or to ``stop``), and where to go on."""
    left = -1 if stop is None else max(0, stop - offset)
    size = _MAX_READ_BYTES if stop is None else min(_MAX_READ_BYTES, left)
    try:
        with path.open("rb") as file:
            file.seek(offset)
            block = file.read(size)
            if len(block) == _MAX_READ_BYTES and b"\n" not in block:
                # One event longer than a block: read it to its end, or readers would never pass it.
                block += file.readline(max(-1, left - size))
    except FileNotFoundError:
        return [], offset
    whole = block.rfind(b"\n") + 1
    events = [parsed(line) for line in block[:whole].split(b"\n") if line]
    return events, offset + whole


def all_events(path: Path) -> list[dict[str, Any]]:
    """Every whole event of a file."""
    events: list[dict[str, Any]] = []
    offset = 0
    while True:
        block, offset = read_events(path, offset=offset)
        if not block:
            return events
        events.extend(block)


def parsed(line: bytes) -> dict[str, Any]:
    """The event of a line; a line that is none (a damaged disk) becomes a warning that says so."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if isinstance(event, dict) and {"seq", "time", "kind"} <= event.keys():
        return event
    message = f"A line of the event file is damaged and was left out ({len(line)} bytes)."
    return {"seq": 0, "time": 0.0, "generation": 0, "kind": "warning", "message": message}


def _mend(path: Path) -> int:
    """Cut a torn last line off and return the last ``seq`` in the file."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _MAX_READ_BYTES)
        file.seek(start)
        tail = file.read()
        if start and tail.count(b"\n") < 2:
            start = file.seek(0)
            tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        os.truncate(path, start + whole)
    # The first line of a tail is a part of one, and a damaged one has the number 0.
    lines = tail[:whole].split(b"\n")[1 if start else 0 : -1]
    return max((int(parsed(line)["seq"]) for line in lines), default=0)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
