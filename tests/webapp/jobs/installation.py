"""A whole Trainyard on a home folder of its own: ``manage.py up`` and its API, nothing mocked."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import REPOSITORY
from training.events import all_events
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.folder.locks import is_tree_alive
from training.wrapper.processes import marked

#: What is allowed between a death and the right state on the page, on a machine that has a core for
#: every process that wants one (`crowding`).
DEADLINE_SECONDS = 15.0
_START_SECONDS = 90.0
_SEED = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from webapp.accounts.models import User
from webapp.accounts.services import api_token_create
from webapp.projects.services import project_create
user = User.objects.create_user(username="owner", password="correct horse battery")
project = project_create(owner=user, name="Tests")
_, text = api_token_create(user=user, name="tests", num_days=None)
print(json.dumps({"token": text, "project": str(project.pk)}))
"""

Identity = tuple[int, float]


def seed_home(home: Path) -> dict[str, str]:
    """Tables, an account, a project and a token in an empty home; {"token", "project"}."""
    home.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", _SEED],
        cwd=REPOSITORY,
        env=_environment(home, {}),
        capture_output=True,
        text=True,
        check=True,
    )
    seeded: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return seeded


class Installation:
    """Start it, talk to it over HTTP, kill parts of it, end it."""

    def __init__(self, home: Path, seeded: dict[str, str], **knobs: str) -> None:
        self.home = home
        self.project = seeded["project"]
        self._token = seeded["token"]
        self.environment = _environment(home, knobs)
        self.url = ""
        self.parent: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """``manage.py up`` on a free port; returns when it has printed its link."""
        self.parent = subprocess.Popen(
            self.manage("up", "--port", "0"),
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.parent.stdout is not None
        printed = []
        for line in self.parent.stdout:
            printed.append(line)
            if "http://" in line:
                self.url = line.split()[-1].rstrip("/")
                return
        raise AssertionError(f"up ended early: {''.join(printed)}\n{self.logs()}")

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> str:
        """Signal the parent and wait; what it printed after its link."""
        assert self.parent is not None
        self.parent.send_signal(number)
        printed, _ = self.parent.communicate(timeout=seconds * crowding())
        return printed

    def kill_everything(self) -> None:
        """As when the machine goes down: every process at once, also those just being born."""
        for _ in range(20):
            living = self.processes()
            for process in living:
                _kill(process)
            if not living:
                break
        if self.parent is not None:
            self.parent.communicate()

    def manage(self, *arguments: str) -> list[str]:
        """Command line of a management command."""
        return [sys.executable, str(REPOSITORY / "manage.py"), *arguments]

    def spawn(self, *arguments: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[str]:
        """Another management command on this home, with these descriptors."""
        return subprocess.Popen(
            self.manage(*arguments),
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=pass_fds,
        )

    def processes(self) -> list[psutil.Process]:
        """Everything that lives on this home, jobs included."""
        return [process for process, _ in marked("TRAINYARD_HOME", str(self.home))]

    def child(self, name: str) -> psutil.Process:
        """The web, queue, supervisor or helper process of the parent."""
        assert self.parent is not None

        def find() -> psutil.Process | None:
            for one in psutil.Process(self.parent.pid).children():
                if any(part in {name, f"training.{name}"} for part in _command_line(one)):
                    return one
            return None

        return eventually(find, f"the {name} process lives")

    def api(self, method: str, path: str, body: object = None, *, seconds: float = 20.0) -> Any:
        """A request; tried again while the web is being restarted."""
        deadline = time.monotonic() + seconds
        while True:
            request = urllib.request.Request(
                f"{self.url}/api/v1/{path}",
                method=method,
                data=json.dumps(body).encode() if body is not None else None,
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": "application/json",
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    return json.loads(response.read() or b"null")
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{method} {path}: {error.code} {error.read()!r}") from error
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def create(self, verb: str = "sleep", **spec: Any) -> str:
        """A new job; its id."""
        body = {"verb": verb, "spec": spec}
        return str(self.api("POST", f"projects/{self.project}/jobs/", body)["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """The row, as the API tells it."""
        row: dict[str, Any] = self.api("GET", f"jobs/{job_id}/")
        return row

    def ask(self, job_id: str, action: str) -> None:
        """Stop, pause, resume or cancel."""
        self.api("POST", f"jobs/{job_id}/{action}/")

    def wait_for(
        self, job_id: str, *states: str, attempt: int = 0, seconds: float = DEADLINE_SECONDS
    ) -> dict[str, Any]:
        """The row once it is in one of the states (and at this attempt, if given)."""

        def look() -> dict[str, Any] | None:
            row = self.job(job_id)
            fits = row["state"] in states and (not attempt or row["attempt"] == attempt)
            return row if fits else None

        try:
            return eventually(look, "", seconds=seconds)
        except AssertionError:
            row = {**self.job(job_id), "spec": None}
            raise AssertionError(
                f"not {states} (attempt {attempt or 'any'}) within {seconds} s: {row}\n"
                f"log:\n{self.log(job_id)}\n{self.logs()}"
            ) from None

    def allow_resumes(self, job_id: str, number: int) -> None:
        """Let a job be resumed by itself more often than three times."""
        with contextlib.closing(sqlite3.connect(self.home / "db.sqlite3", timeout=20)) as database:
            key = job_id.replace("-", "")
            database.execute("UPDATE jobs_job SET max_resumes = ? WHERE id = ?", (number, key))
            database.commit()

    def folder(self, job_id: str) -> JobFolder:
        """The job's folder."""
        return JobFolder(self.home / "jobs" / job_id)

    def processes_of(self, job_id: str) -> list[psutil.Process]:
        """Living processes with the job's mark, the wrapper among them."""
        found = marked("TRAINYARD_JOB", str(self.folder(job_id).root))
        return [process for process, _ in found]

    def wrapper_of(self, job_id: str) -> psutil.Process:
        """The newest attempt's wrapper."""
        record = read_json(self.folder(job_id).pid)
        return psutil.Process(record["pid"])

    def attempts_of(self, job_id: str) -> list[int]:
        """Numbers of the attempts that were started, as the wrappers wrote them."""
        events = all_events(self.folder(job_id).wrapper_events)
        return [event["attempt"] for event in events if event["kind"] == "started"]

    def is_alive(self, job_id: str) -> bool:
        """Whether anything holds the job's tree.lock."""
        return is_tree_alive(self.folder(job_id).tree_lock)

    def log(self, job_id: str) -> str:
        """What the job printed."""
        path = self.folder(job_id).log
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def logs(self) -> str:
        """What the services printed, for a failing test's message."""
        files = sorted((self.home / "log").glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text()[-2000:]}" for file in files)

    def remove(self) -> None:
        """End what a failing test has left, and the folder."""
        self.kill_everything()
        shutil.rmtree(self.home, ignore_errors=True)


def eventually(look: Callable[[], Any], what: str, *, seconds: float = DEADLINE_SECONDS) -> Any:
    """What ``look`` gives as soon as it gives something true."""
    began = time.monotonic()
    while True:
        found = look()
        if found:
            return found
        waited = time.monotonic() - began
        assert waited < seconds * crowding(), f"not within {seconds} s, nor {waited:.0f} s: {what}"
        time.sleep(0.1)


def crowding() -> float:
    """How many processes want each core: so many times longer everything takes; at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def identities(processes: list[psutil.Process]) -> set[Identity]:
    """Which processes these are, for good: a pid may be given again."""
    return {(one.pid, one.create_time()) for one in processes if one.is_running()}


def survivors(old: set[Identity]) -> list[Identity]:
    """Those that still run."""
    alive = []
    for pid, create_time in old:
        try:
            process = psutil.Process(pid)
            if process.create_time() == create_time and process.status() != psutil.STATUS_ZOMBIE:
                alive.append((pid, create_time))
        except psutil.NoSuchProcess:
            continue
    return alive


def _environment(home: Path, knobs: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAINYARD")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "webapp.settings.test",
        "TRAINYARD_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        **{f"TRAINYARD_{name.upper()}": value for name, value in knobs.items()},
    }


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
