"""Whether somebody asked the run to save and end: the request file, or SIGTERM.

Any rank may learn of it; the flag travels with the gradient reduction, so that all ranks end
after the same step.
"""

from __future__ import annotations

import signal
import threading

from training.folder.job import Job


class StopWatch:
    """Looks for a stop request between two steps; costs one stat call."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._was_signalled = False
        self._is_listening = threading.current_thread() is threading.main_thread()
        if self._is_listening:
            self._before = signal.signal(signal.SIGTERM, self._on_signal)

    def close(self) -> None:
        """Give SIGTERM back its meaning: the run is over, and so is the waiting for its end."""
        if self._is_listening:
            signal.signal(signal.SIGTERM, self._before)

    def is_wanted(self) -> bool:
        """Whether to save and end after this step."""
        return self._was_signalled or self._job.folder.stop.exists()

    def reason(self) -> str:
        """What was wanted: "stop" or "pause" (a SIGTERM is a pause: the machine wants it back)."""
        return self._job.stop_wanted() or "pause"

    def _on_signal(self, number: int, frame: object) -> None:
        self._was_signalled = True
