"""A real web process on a home folder of its own, for tests that kill it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_READY_SECONDS = 60


class WebProcess:
    """uvicorn with our application; ``kill`` and ``start`` again keep port and home.

    The listening socket is ours and handed over: no other program can take the port in between.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Start and wait until it answers."""
        descriptor = self._socket.fileno()
        command = [sys.executable, "-m", "uvicorn", "webapp.asgi:application"]
        command += ["--fd", str(descriptor), "--log-level", "warning"]
        with (self.home / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment_of(self.home),
                stdout=log,
                stderr=log,
                pass_fds=[descriptor],
            )
        _wait_for(f"http://127.0.0.1:{self.port}/healthz")

    def kill(self) -> None:
        """As the kernel does: no good-bye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """End it if it runs, and give the port back."""
        if self.process is not None:
            self.kill()
        self._socket.close()


def environment_of(home: Path) -> dict[str, str]:
    """For every process that works on this home."""
    return {
        **os.environ,
        "TRAINYARD_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "webapp.settings.test",
        "OMP_NUM_THREADS": "1",
    }


def seed(home: Path, *, num_users: int) -> dict[str, Any]:
    """Migrate, make users in one project and a running job.

    {"project": id, "job": id, "sessions": [key], "stranger": key of one who is in no project}.
    """
    home.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [sys.executable, "-m", "tests.webapp.runs.seed", str(num_users)],
        cwd=ROOT,
        env=environment_of(home),
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {_READY_SECONDS} s")
