"""The parent of web, queue, supervisor and helper: starts them, keeps them, ends everything.

Ending: nothing new is begun (web, queue and supervisor go first), what runs is asked to save, and
only when no process of a job is left does the parent go. Killed with -9 it takes its four children
along; running jobs live on and are found again by the next start.
"""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from webapp.jobs.embedded.children import Child
from webapp.jobs.embedded.farewell import end_jobs
from webapp.jobs.helper import socket_path
from webapp.jobs.supervision.loop import Supervisor

_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
_POLL_SECONDS = 0.5
_READY_SECONDS = 60.0
_CHILD_GRACE_SECONDS = 8.0


class Parent:
    """``say`` prints a line for the person who started it."""

    def __init__(self, listener: socket.socket, say: Callable[[str], None]) -> None:
        self.listener = listener
        self.was_told = False
        self.say = say
        logs = settings.TRAINYARD_HOME / "log"
        manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
        descriptor = listener.fileno()
        self.children = [
            Child(
                "web",
                [*manage, "web", "--fd", str(descriptor)],
                logs / "web.log",
                pass_fds=(descriptor,),
            ),
            Child("supervisor", [*manage, "supervisor"], logs / "supervisor.log"),
            Child("queue", [*manage, "queue"], logs / "queue.log"),
            Child(
                "helper",
                [sys.executable, "-m", "training.helper", str(socket_path())],
                logs / "helper.log",
            ),
        ]

    def start(self) -> bool:
        """Start the web and, when it answers, the others; False when it does not, or told to end.

        The first page is what somebody waits for, so nothing else competes with it. From here on
        signals are only seen by ``serve``.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        web, *others = self.children
        web.start()
        if not self._wait_until_ready():
            return False
        for child in others:
            child.start()
        return True

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._is_healthy():
                return True
            self.children[0].keep_alive()
            if self._told(0.1):
                return False
        return False

    def serve(self) -> None:
        """Keep the children alive until SIGTERM or Ctrl-C."""
        while not self.was_told and not self._told(_POLL_SECONDS):
            self._keep_alive()

    def end(self) -> None:
        """End the children, then the jobs, and return when nothing is left."""
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            child.wait_or_kill(_CHILD_GRACE_SECONDS)
        self.listener.close()
        end_jobs(self.say, self._told)
        # What has ended is written into its row now, not at the next start.
        Supervisor().reconcile_all()

    def _told(self, seconds: float) -> bool:
        """Wait for a signal; whether it was one that ends us."""
        got = signal.sigtimedwait(_SIGNALS, seconds)
        if got is None or got.si_signo == signal.SIGCHLD:
            return False
        self.was_told = True
        return True

    def _keep_alive(self) -> None:
        for child in self.children:
            if child.keep_alive():
                self.say(f"The {child.name} process ended and was started again; see {child.log}.")

    def _is_healthy(self) -> bool:
        host, port = self.listener.getsockname()[:2]
        connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
        try:
            # A name that the settings accept, and as if by HTTPS, or the answer is a refusal.
            name = settings.ALLOWED_HOSTS[0].lstrip(".")
            headers = {"Host": name, "X-Forwarded-Proto": "https"}
            connection.request("GET", "/healthz", headers=headers)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
