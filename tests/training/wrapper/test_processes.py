"""Children as the wrapper sees them: their exit status is had once, and nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import REPOSITORY

#: `ended_status` reaps every child, so it runs in a process that has no others.
_SCRIPT = """
import os, signal, subprocess, sys, time
from training.wrapper.processes import ended_status, kill_all

def status(pid):
    while (code := ended_status(pid)) is None:
        time.sleep(0.01)
    return code

def sleeper():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    child.returncode = 0
    return child.pid
"""


def printed_by(lines: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT + lines],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.strip()


def test_killing_everything_leaves_the_exit_status_to_be_had() -> None:
    assert printed_by("pid = sleeper(); print(kill_all(5.0), status(pid))") == "True -9"


def test_a_child_that_somebody_else_has_reaped_counts_as_killed() -> None:
    lines = "pid = sleeper(); os.kill(pid, signal.SIGTERM); os.waitpid(pid, 0); print(status(pid))"
    assert printed_by(lines) == "-9"


def test_there_is_nothing_to_kill_where_nothing_lives() -> None:
    assert printed_by("print(kill_all(5.0))") == "True"
