"""Every message between a page and the server about one job, and how they become text.

NaN and the infinities travel as the strings "NaN", "Infinity" and "-Infinity", which JavaScript's
``Number()`` reads back; JSON itself has none. The polling fallback answers with the same messages.
"""

from __future__ import annotations

import json
import math
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt

from webapp.jobs.event_lines import LAST_TIME

#: What a client may send at once.
MAX_INCOMING_BYTES = 64 << 10
DEFAULT_BUCKETS = 600
MAX_BUCKETS = 4_000

Value = float | Literal["NaN", "Infinity", "-Infinity"]


class Subscribe(TypedDict):
    """From the client: what to send. ``series`` null means all, also those that come later.

    Series without a cursor in ``position`` come as a snapshot of ``buckets`` buckets, or from
    their first record on when ``buckets`` is 0.
    """

    type: Literal["subscribe"]
    series: list[str] | None
    buckets: int
    position: dict[str, Any]


class Unsubscribe(TypedDict):
    """From the client: nothing more, please (a hidden tab)."""

    type: Literal["unsubscribe"]


class Ping(TypedDict):
    """From the client: are you there?"""

    type: Literal["ping"]


class Curve(TypedDict):
    """Consecutive buckets. ``low`` and ``high`` are left out where every bucket is one record."""

    x: list[int]
    time: list[float]
    last: list[Value]
    low: NotRequired[list[Value]]
    high: NotRequired[list[Value]]


class CutTail(Curve):
    """What a generation wrote and a later rewind cut away."""

    generation: int


class SeriesSnapshot(TypedDict):
    """One series as it stands: its curve, what was cut away, and how many records it has."""

    curve: Curve
    tails: list[CutTail]
    num_records: int


class RangeData(TypedDict):
    """Some steps of one series, in finer buckets than a snapshot has."""

    curve: Curve
    num_records: int


class StretchData(TypedDict):
    """Consecutive records; ``start`` is the number of the first within its series."""

    generation: int
    start: int
    cut: bool
    step: list[int]
    time: list[float]
    value: list[Value]


class JobState(TypedDict):
    """The row of the job as a page shows it."""

    title: str
    state: str
    label: str
    tone: str
    glyph: str
    reason: str
    advice: str
    since: float
    version: int
    is_live: bool
    may_stop: bool
    may_cancel: bool
    may_resume: bool


class Snapshot(TypedDict):
    """From the server: series as buckets. ``cursors`` {name: cursor} is where deltas go on."""

    type: Literal["snapshot"]
    series: dict[str, SeriesSnapshot]
    cursors: dict[str, list[int]]


class Delta(TypedDict):
    """From the server: everything behind what was sent before, up to the position ``to``."""

    type: Literal["delta"]
    to: dict[str, Any]
    series: dict[str, list[StretchData]]
    events: list[dict[str, Any]]
    log: str
    job: NotRequired[JobState]


class Pong(TypedDict):
    """From the server: here, at this time (unix seconds)."""

    type: Literal["pong"]
    time: float


class Refused(TypedDict):
    """From the server: this message was not understood, or not allowed."""

    type: Literal["refused"]
    message: str


FromClient = Subscribe | Unsubscribe | Ping
FromServer = Snapshot | Delta | Pong | Refused


def dumps(message: FromServer) -> str:
    """One line of JSON; ValueError if a NaN was left in it."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_values(values: npt.NDArray[np.float64]) -> list[Value]:
    """Numbers as they stand in JSON."""
    if np.isfinite(values).all():
        return list(values.tolist())
    return [_named(value) for value in values.tolist()]


def json_times(times: npt.NDArray[np.float64]) -> list[float]:
    """Unix times, to the millisecond; 0 for one that no clock wrote (a damaged record)."""
    is_time = (times >= 0) & (times < LAST_TIME)
    return list(np.round(np.where(is_time, times, 0.0), 3).tolist())


def _named(value: float) -> Value:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
