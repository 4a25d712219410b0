"""The real ASGI server of the browser tests, over a temporary home folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
ADMIN = ("ada", "correct horse battery")


@dataclass
class Server:
    """The web process over one home folder; may be killed and started again on the same port."""

    home: Path
    static_root: Path
    with_account: bool = True
    socket: socket.socket = field(default_factory=socket.socket)
    process: subprocess.Popen[bytes] | None = None
    cookies: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()

    def seed(self) -> None:
        """Tables and the first account in an empty home."""
        self.manage("migrate", "--verbosity", "0")
        if self.with_account:
            self.manage("first_account")

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT, without a slash at the end."""
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def environment(self) -> dict[str, str]:
        """Production settings over this home folder."""
        admin = {"TRAINYARD_ADMIN_USER": ADMIN[0], "TRAINYARD_ADMIN_PASSWORD": ADMIN[1]}
        return {
            **os.environ,
            **(admin if self.with_account else {}),
            "DJANGO_SETTINGS_MODULE": "webapp.settings.browser",
            "TRAINYARD_HOME": str(self.home),
            "TRAINYARD_STATIC_ROOT": str(self.static_root),
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command over this home folder; its output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def run(self, module: str, *arguments: str) -> Any:
        """Run one of our own programs over this home folder; the JSON of its last line."""
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])

    def start(self) -> None:
        """Start the web process and wait until it answers."""
        descriptor = self.socket.fileno()
        command = [sys.executable, "-m", "uvicorn", "webapp.asgi:application"]
        command += ["--fd", str(descriptor), "--lifespan", "off", "--log-level", "warning"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), pass_fds=[descriptor]
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the web process ended while starting"
            assert time.monotonic() < deadline, f"no answer in {START_SECONDS} s"
            time.sleep(0.1)

    def kill(self) -> None:
        """End the web process as kill -9 does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
