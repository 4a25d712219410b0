"""Events as pages can show them, whatever a flipped byte has made of their lines.

The library's parser turns a line that is no event into a warning. A damaged line may also still
be an event, with a number that nothing can show: such numbers are mended here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from training.events import parsed

Event = dict[str, Any]

#: Unix seconds, the year 5138: what is beyond was never written by a clock.
LAST_TIME = 1e11
_LARGEST = 1e300


def event_of(line: bytes) -> Event:
    """The event of one line."""
    return mended(parsed(line))


def mended(event: Event) -> Event:
    """Numbers without bound as text, as the writer writes them; 0 for a time that cannot be."""
    seconds = event["time"]
    is_time = isinstance(seconds, int | float) and 0 <= seconds < LAST_TIME
    return {**_bounded(event), "time": float(seconds) if is_time else 0.0}


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events of one file in its order; one without a time has that of the event before it."""
    ordered = list(events)
    last = next((event["time"] for event in ordered if event["time"]), time.time())
    for number, event in enumerate(ordered):
        last = event["time"] or last
        ordered[number] = {**event, "time": last}
    return ordered


def _bounded(value: Any) -> Any:
    if isinstance(value, int | float):
        # Asked this way round, because every comparison with NaN is false.
        return value if abs(value) < _LARGEST else str(value)
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bounded(item) for item in value]
    return value
