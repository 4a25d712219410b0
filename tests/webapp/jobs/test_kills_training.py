"""The kill tests on training: wrapper, launcher and ranks of one and of two processes.

One run is killed again and again, so that each kill costs one start: each victim once here, twenty
times with the marker ``slow``. What the resumed run computes
is held against an unbroken twin elsewhere (`tests/training/loop/test_resume`).
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store
from tests.webapp.jobs.installation import (
    DEADLINE_SECONDS,
    Installation,
    crowding,
    eventually,
    identities,
    survivors,
)

NUM_SLOW_ROUNDS = 20
SERVICES = ["web", "queue", "supervisor"]
_START_SECONDS = 120.0
_INDEX = """
import sys, django
from pathlib import Path
django.setup()
from webapp.jobs.services.artifacts import artifact_index
from webapp.projects.models import Project
print(artifact_index(folder=Path(sys.argv[1]), project=Project.objects.get()).pk)
"""
SPEC: dict[str, Any] = {
    "model": {"num_layers": 2, "width": 32, "num_heads": 2, "context_length": 32},
    "num_steps": 10_000_000,
    "batch_size": 8,
    "validation": {"every_steps": 0},
    "checkpoints": {"every_steps": 20},
    "device": "cpu",
    "num_threads": 1,
}


@pytest.fixture(scope="module")
def yard(install: Callable[..., Installation]) -> Iterator[Installation]:
    """An installation with room for one training."""
    installation = install()
    installation.start()
    yield installation
    installation.end()
    assert installation.processes() == []


@pytest.fixture(scope="module")
def tokens(yard: Installation) -> str:
    """Reference to a token store in the project."""
    folder = yard.home / "jobs" / "store" / "output"
    make_store(folder)
    done = subprocess.run(
        [sys.executable, "-c", _INDEX, str(folder)],
        cwd=REPOSITORY,
        env=yard.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return f"artifact:{done.stdout.split()[-1]}"


def newest_step(yard: Installation, job_id: str) -> int:
    """Of the checkpoints that are whole; -1 for none."""
    folders = yard.folder(job_id).checkpoints.glob("step-*")
    names = [folder.name for folder in folders if folder.suffix != ".tmp"]
    return max(
        (int(name.removeprefix("step-")) for name in names if name[5:].isdigit()), default=-1
    )


def wait_for_progress(yard: Installation, job_id: str, before: int) -> int:
    """The newest step once there is a newer one than ``before``."""
    try:
        eventually(
            lambda: newest_step(yard, job_id) > before, "a checkpoint", seconds=_START_SECONDS
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{yard.job(job_id)}\n{yard.log(job_id)}") from None
    return newest_step(yard, job_id)


def find(yard: Installation, job_id: str, victim: str) -> psutil.Process:
    """The wrapper, the launcher or the last rank of a training."""
    if victim == "wrapper":
        return yard.wrapper_of(job_id)
    word = "accelerate.commands.launch" if victim == "launcher" else "training"
    found = [one for one in yard.processes_of(job_id) if word in one.cmdline()]
    return found[-1]


def kill_service(yard: Installation, name: str) -> None:
    """SIGKILL to the web, the queue or the supervisor; the parent brings it back."""
    before = yard.child(name)
    before.kill()
    before.wait()
    assert yard.child(name).pid != before.pid


@pytest.mark.parametrize(
    ("num_processes", "num_rounds"),
    [
        # One process has no launcher, and its two kills are those of the sleeping job.
        (1, 1),
        # Each victim once, and with each a service.
        (2, 1),
        pytest.param(1, NUM_SLOW_ROUNDS, marks=pytest.mark.slow),
        pytest.param(2, NUM_SLOW_ROUNDS, marks=pytest.mark.slow),
    ],
)
def test_a_killed_training_goes_on_from_its_checkpoint_whatever_else_is_killed(
    yard: Installation, tokens: str, num_processes: int, num_rounds: int
) -> None:
    victims = ["wrapper", "rank"] if num_processes == 1 else ["wrapper", "launcher", "rank"]
    job_id = yard.create("train", **SPEC, tokens=tokens, num_processes=num_processes)
    yard.allow_resumes(job_id, num_rounds * len(victims))
    attempt = 1
    step = wait_for_progress(yard, job_id, -1)
    for victim, service in zip(victims * num_rounds, itertools.cycle(SERVICES), strict=False):
        old = identities(yard.processes_of(job_id))
        assert len(old) == num_processes + (2 if num_processes > 1 else 1)
        find(yard, job_id, victim).kill()
        deadline = time.monotonic() + DEADLINE_SECONDS * crowding()
        attempt += 1
        yard.wait_for(job_id, "starting", "running", attempt=attempt)
        assert survivors(old) == []
        yard.wait_for(job_id, "running", attempt=attempt, seconds=deadline - time.monotonic())
        kill_service(yard, service)
        step = wait_for_progress(yard, job_id, max(step, newest_step(yard, job_id)))
        assert yard.job(job_id)["reason_code"] == "running"
    yard.ask(job_id, "stop")
    row = yard.wait_for(job_id, "stopped", seconds=_START_SECONDS)
    assert row["reason_code"] == "stopped"
    assert yard.attempts_of(job_id) == list(range(1, attempt + 1))
    assert yard.processes_of(job_id) == []
