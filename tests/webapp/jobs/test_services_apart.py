"""Web, queue and supervisor as processes of their own, as the containers of compose.yaml run them.

Also the parent process behind a proxy, where neither its name nor plain HTTP is answered.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.webapp.jobs.installation import Installation, eventually, identities, survivors
from training.events import all_events

GRACE_SECONDS = 10
LONG_SECONDS = 600


class Apart:
    """Services by name; what `up` does as a parent is nobody's business here."""

    def __init__(self, yard: Installation) -> None:
        self.yard = yard
        # Bound for as long as this lives: a port that was probed and freed may be somebody else's.
        self.listener = socket.create_server(("127.0.0.1", 0))
        yard.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.services: dict[str, subprocess.Popen[str]] = {}
        for name in ("web", "queue", "supervisor"):
            self.start(name)

    def start(self, name: str) -> None:
        descriptor = self.listener.fileno()
        options = {"web": ["--fd", str(descriptor)], "queue": ["--ends-jobs"]}
        fds = [descriptor] if name == "web" else []
        self.services[name] = self.yard.spawn(name, *options.get(name, []), pass_fds=fds)

    def end(self, name: str, number: signal.Signals) -> str:
        """What the service printed until it was gone."""
        service = self.services.pop(name)
        service.send_signal(number)
        printed, _ = service.communicate(timeout=3 * GRACE_SECONDS)
        return printed


@pytest.fixture(scope="module")
def apart(install: Callable[..., Installation]) -> Iterator[Apart]:
    services = Apart(install(cpu_slots="4", stop_grace_seconds=str(GRACE_SECONDS)))
    yield services
    for name in ("supervisor", "queue", "web"):
        services.end(name, signal.SIGTERM)
    services.listener.close()
    assert services.yard.processes() == []


def running(yard: Installation, attempt: int = 1, job_id: str = "") -> str:
    job_id = job_id or yard.create(seconds=LONG_SECONDS)
    yard.wait_for(job_id, "running", attempt=attempt, seconds=60)
    eventually(yard.folder(job_id).events.exists, "the verb has begun", seconds=60)
    return job_id


def test_a_killed_web_container_takes_no_job_along(apart: Apart) -> None:
    job_id = running(apart.yard)
    tree = identities(apart.yard.processes_of(job_id))
    apart.end("web", signal.SIGKILL)
    apart.start("web")
    assert apart.yard.job(job_id)["attempt"] == 1
    assert set(survivors(tree)) == tree
    apart.yard.ask(job_id, "stop")
    apart.yard.wait_for(job_id, "stopped")


def test_a_queue_container_that_ends_has_its_jobs_saved_and_the_next_one_goes_on(
    apart: Apart,
) -> None:
    job_id = running(apart.yard)
    printed = apart.end("queue", signal.SIGTERM)
    assert "1 running job to save" in printed
    assert apart.yard.processes_of(job_id) == []
    kinds = [event["kind"] for event in all_events(apart.yard.folder(job_id).events)]
    assert kinds[-1] == "stopped"
    apart.start("queue")
    running(apart.yard, attempt=2, job_id=job_id)
    assert apart.yard.job(job_id)["num_resumes"] == 0
    apart.yard.ask(job_id, "stop")
    apart.yard.wait_for(job_id, "stopped")


def test_up_finds_its_own_web_behind_a_proxy(install: Callable[..., Installation]) -> None:
    yard = install()
    # The settings of tests answer to every loopback name.
    yard.environment["DJANGO_SETTINGS_MODULE"] = "webapp.settings.production"
    yard.environment["TRAINYARD_STATIC_ROOT"] = str(yard.home / "static")
    yard.environment["TRAINYARD_ALLOWED_HOSTS"] = ".example.org"
    yard.environment["TRAINYARD_HTTPS"] = "1"
    yard.start()
    assert "nothing is left running" in yard.end()
