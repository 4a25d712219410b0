"""Child processes of ``up``: they die with it, and are started again when they die alone.

Each has a process group of its own, so that Ctrl-C reaches the parent only, which then decides
the order. Running jobs are no children of these: they live in sessions of their own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.folder.locks import die_with_parent

_FIRST_DELAY_SECONDS = 0.2
#: A state is to be right within 15 s of a death: this, a start, and a look of the supervisor.
MAX_DELAY_SECONDS = 2.0
#: Whoever has lived so long may be started again at once.
_STEADY_SECONDS = 30.0
_MAX_LOG_BYTES = 5_000_000


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    argv: list[str]
    log: Path
    #: Descriptor that the child inherits (the web's listening socket).
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    num_restarts: int = 0
    _started: float = 0.0
    _num_quick_deaths: int = 0
    _due: float = 0.0

    def start(self) -> None:
        """Start it; its output is appended to its log."""
        parent = os.getpid()

        def prepare() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            die_with_parent(parent)

        _keep_short(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.pass_fds,
                process_group=0,
                preexec_fn=prepare,
            )
        self._started = time.monotonic()

    def keep_alive(self) -> bool:
        """Start it again when it is dead and its delay is over; whether that was done."""
        if self.process is not None and self.process.poll() is None:
            return False
        now = time.monotonic()
        if self.process is not None:
            steady = now - self._started >= _STEADY_SECONDS
            self._num_quick_deaths = 0 if steady else self._num_quick_deaths + 1
            self._due = now + restart_delay_seconds(self._num_quick_deaths)
            self.process = None
        if now < self._due:
            return False
        self.num_restarts += 1
        self.start()
        return True

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for its end; SIGKILL when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def restart_delay_seconds(num_quick_deaths: int) -> float:
    """How long to wait after so many deaths in a row that came soon after their starts."""
    num_doublings = min(max(0, num_quick_deaths - 1), 10)
    return min(_FIRST_DELAY_SECONDS * 2**num_doublings, MAX_DELAY_SECONDS)


def _keep_short(log: Path) -> None:
    """One old log is kept beside the new one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
