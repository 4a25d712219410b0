"""Verbs in real processes for the kill tests: the standard library's fork server, preloaded.

Importing torch costs 5 to 8 seconds per process on the project's machines. The fork server
imports the training code once; each attempt is then a fork of it, a process like any other.
Several ranks meet as under torchrun: at a store that whoever starts them listens with.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from torch.distributed import TCPStore

from training import cli

#: What a run loads at its end, too.
_PRELOADED = [
    "training.loop.verb",
    "training.loop.finishing",
    "training.cli",
    "training.model.huggingface",
    "peft",
]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOADED)


class Attempt:
    """The processes of one attempt at a run: one per rank."""

    def __init__(
        self,
        verb: str,
        spec: Path | None,
        out: Path,
        *,
        num_processes: int = 1,
        log: Path | None = None,
    ) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.log_file = log or out / "log.txt"
        # Port 0: bound before anybody is told its number, so that nobody else can take it.
        self._store = TCPStore("127.0.0.1", 0, None, is_master=True) if num_processes > 1 else None
        port = self._store.port if self._store else 0
        self.ranks: list[ForkServerProcess] = [
            _context.Process(
                target=_run,
                args=(verb, spec, out, self.log_file, _environment(rank, num_processes, port)),
            )
            for rank in range(num_processes)
        ]
        for process in self.ranks:
            process.start()

    def wait(self, seconds: float = 120) -> list[int | None]:
        """Exit codes by rank; a rank that does not end in time is killed and fails the test."""
        deadline = time.monotonic() + seconds
        for process in self.ranks:
            process.join(max(0.0, deadline - time.monotonic()))
        hung = [process for process in self.ranks if process.is_alive()]
        for process in hung:
            process.kill()
            process.join()
        assert not hung, f"did not end within {seconds} s:\n{self.log()}"
        return [process.exitcode for process in self.ranks]

    def kill(self) -> None:
        """SIGKILL to every rank, as the kernel does when memory runs out."""
        for process in self.ranks:
            if process.pid and process.is_alive():
                os.kill(process.pid, signal.SIGKILL)
        for process in self.ranks:
            process.join()

    def wait_until(self, look: Callable[[], bool], *, seconds: float = 120) -> None:
        """Until ``look()``; the test fails when the attempt ends before that."""
        deadline = time.monotonic() + seconds
        while not look():
            assert any(process.is_alive() for process in self.ranks), f"it ended:\n{self.log()}"
            assert time.monotonic() < deadline, f"it never came:\n{self.log()}"
            time.sleep(0.002)

    def kill_when(self, is_time: Callable[[], bool], *, seconds: float = 120) -> bool:
        """Kill as soon as ``is_time()``; False when the attempt ended before that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if is_time():
                self.kill()
                return True
            if not any(process.is_alive() for process in self.ranks):
                return False
            time.sleep(0.002)
        self.kill()
        raise AssertionError(f"the moment to kill never came:\n{self.log()}")

    def log(self) -> str:
        """What the processes printed."""
        return self.log_file.read_text() if self.log_file.exists() else ""


def run_verb(verb: str, spec: Path | None, out: Path, *, num_processes: int = 1) -> None:
    """Run a verb to its end; a failure shows its log."""
    attempt = Attempt(verb, spec, out, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()


def _run(
    verb: str, spec: Path | None, out: Path, log_file: Path, environment: dict[str, str]
) -> None:
    os.environ.update(environment)
    with log_file.open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.exit(cli.run_verb(verb, spec, out))


def _environment(rank: int, num_processes: int, port: int) -> dict[str, str]:
    if num_processes == 1:
        return {}
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(num_processes),
        "LOCAL_WORLD_SIZE": str(num_processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        # Rank 0 would listen itself otherwise.
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }
