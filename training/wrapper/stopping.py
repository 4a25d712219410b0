"""From a request to the end: save and stop, then SIGTERM to the tree, then SIGKILL to the tree.

The request is the file control/stop, so that it reaches the verb whoever wrote it: a page, the
supervisor, a person with a terminal, or this wrapper when it got SIGTERM itself. Times are
monotonic; a jumping clock ends nothing early.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from training.folder.atomic import write_json
from training.folder.layout import JobFolder
from training.units import format_seconds
from training.wrapper.processes import descendants, kill_all, send
from training.wrapper.records import record_at

GRACE_VARIABLE = "TRAINYARD_STOP_GRACE_SECONDS"
TERM_VARIABLE = "TRAINYARD_TERM_GRACE_SECONDS"
_GRACE_SECONDS = 120.0
#: A launcher that got SIGTERM waits up to 30 s for its ranks.
_TERM_GRACE_SECONDS = 10.0
_KILL_SECONDS = 10.0


def write_stop_request(
    folder: JobFolder, wanted: str, attempt: int, *, grace_seconds: float | None = None
) -> None:
    """Ask attempt ``attempt`` to save and end; ``wanted`` is "stop" or "pause"."""
    request: dict[str, Any] = {"wanted": wanted, "attempt": attempt, "time": time.time()}
    if grace_seconds is not None:
        request["grace_seconds"] = grace_seconds
    folder.stop.parent.mkdir(parents=True, exist_ok=True)
    write_json(folder.stop, request)


def drop_old_request(folder: JobFolder, attempt: int) -> None:
    """Forget a request that was meant for an earlier attempt."""
    if record_at(folder.stop).get("attempt") != attempt:
        folder.stop.unlink(missing_ok=True)


class Stopping:
    """Presses harder as time goes by; ``forced`` says what had to be done."""

    def __init__(self, folder: JobFolder, attempt: int) -> None:
        self.forced = ""
        self._folder = folder
        self._attempt = attempt
        self._asked_at: float | None = None
        self._termed_at: float | None = None
        self._grace_seconds = _seconds(GRACE_VARIABLE, _GRACE_SECONDS)
        self._term_seconds = _seconds(TERM_VARIABLE, _TERM_GRACE_SECONDS)

    def ask(self) -> None:
        """The wrapper itself was asked to end: pass it on as a request to save."""
        if not self._folder.stop.exists():
            write_stop_request(self._folder, "stop", self._attempt)

    def press(self) -> None:
        """Call it often; does what is due."""
        now = time.monotonic()
        if self._asked_at is None:
            if not self._folder.stop.exists():
                return
            self._asked_at = now
        # Read each time: a second request may shorten the grace.
        grace = float(record_at(self._folder.stop).get("grace_seconds") or self._grace_seconds)
        if self._termed_at is None:
            if now - self._asked_at >= grace:
                self._term(now, grace)
        elif now - self._termed_at >= self._term_seconds:
            kill_all(_KILL_SECONDS)

    def _term(self, now: float, grace: float) -> None:
        self._termed_at = now
        self.forced = f"it had not saved within {format_seconds(grace)} and was ended."
        send(descendants(), signal.SIGTERM)


def _seconds(variable: str, default: float) -> float:
    try:
        return float(os.environ[variable])
    except (KeyError, ValueError):
        return default
