"""Kill anything: the state is right within 15 s, nothing is orphaned, nothing is started twice.

One round of each here (of a service two: what was brought back is killed again), twenty with the
marker ``slow``. The jobs sleep; `test_kills_training` does the same to training.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.webapp.jobs.installation import (
    DEADLINE_SECONDS,
    Identity,
    Installation,
    crowding,
    eventually,
    identities,
    survivors,
)

NUM_SLOW_ROUNDS = 20
LONG_SECONDS = 600
GRACE_SECONDS = 4
#: Getting something to run that is then killed; nothing is claimed of it.
SET_UP_SECONDS = 60
#: From the printed link of a new start: the supervisor starts after the web.
RESTART_SECONDS = 60


def rounds(number: int) -> pytest.MarkDecorator:
    """So many rounds, and twenty with the marker ``slow``."""
    return pytest.mark.parametrize(
        "num_rounds",
        [number, pytest.param(NUM_SLOW_ROUNDS, marks=pytest.mark.slow)],
        ids=lambda each: f"{each}-rounds",
    )


@pytest.fixture(scope="module")
def yard(install: Callable[..., Installation]) -> Iterator[Installation]:
    """One installation with room for many sleeping jobs."""
    installation = install(
        cpu_slots="16", stop_grace_seconds=str(GRACE_SECONDS), term_grace_seconds="1"
    )
    installation.start()
    yield installation
    installation.end()
    assert installation.processes() == []


def running(yard: Installation, **spec: object) -> str:
    """A job that has slept for a moment."""
    job_id = yard.create(**{"seconds": LONG_SECONDS, **spec})
    yard.wait_for(job_id, "running", seconds=SET_UP_SECONDS)
    has_begun = yard.folder(job_id).events.exists
    eventually(has_begun, "the verb has begun", seconds=SET_UP_SECONDS)
    return job_id


def stop(yard: Installation, job_id: str) -> None:
    yard.ask(job_id, "stop")
    yard.wait_for(job_id, "stopped")
    assert yard.processes_of(job_id) == []


def is_restarted(yard: Installation, job_id: str, old: set[Identity], attempt: int) -> None:
    """The next attempt runs, and it did not begin while a process of the last one lived.

    From the death to the right state there is one deadline for both.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS * crowding()
    eventually(lambda: attempt in yard.attempts_of(job_id), f"attempt {attempt} has begun")
    assert survivors(old) == []
    yard.wait_for(job_id, "running", attempt=attempt, seconds=deadline - time.monotonic())
    assert yard.attempts_of(job_id) == list(range(1, attempt + 1))


@rounds(2)
@pytest.mark.parametrize("name", ["web", "queue", "supervisor", "helper"])
def test_a_killed_service_comes_back_and_running_jobs_do_not_notice(
    yard: Installation, name: str, num_rounds: int
) -> None:
    job_id = running(yard)
    tree = identities(yard.processes_of(job_id))
    for _ in range(num_rounds):
        before = yard.child(name)
        short = yard.create(seconds=0.2)
        before.kill()
        before.wait()
        yard.wait_for(short, "finished")
        assert yard.attempts_of(short) == [1]
        assert yard.child(name).pid != before.pid
    assert yard.job(job_id)["state"] == "running"
    assert identities(yard.processes_of(job_id)) == tree
    stop(yard, job_id)
    assert yard.attempts_of(job_id) == [1]


@rounds(1)
@pytest.mark.parametrize("victim", ["wrapper", "verb"])
def test_a_job_whose_process_is_killed_is_resumed_once_and_alone(
    yard: Installation, victim: str, num_rounds: int
) -> None:
    for _ in range(num_rounds):
        # The children have sessions of their own and no parent-death signal: the worst case.
        job_id = running(yard, num_children=2)
        eventually(
            lambda job_id=job_id: len(yard.processes_of(job_id)) == 4,
            "all four live",
            seconds=SET_UP_SECONDS,
        )
        old = identities(yard.processes_of(job_id))
        wrapper = yard.wrapper_of(job_id)
        target = wrapper if victim == "wrapper" else wrapper.children()[0]
        target.kill()
        is_restarted(yard, job_id, old, attempt=2)
        row = yard.job(job_id)
        assert row["num_resumes"] == 1
        stop(yard, job_id)


def test_a_job_that_is_killed_again_and_again_is_resumed_three_times(yard: Installation) -> None:
    job_id = yard.create(seconds=0.2, ending="kill")
    row = yard.wait_for(job_id, "failed", attempt=4, seconds=60)
    assert row["reason_code"] == "killed"
    assert "SIGKILL" in row["reason"]
    assert row["advice"]
    assert yard.attempts_of(job_id) == [1, 2, 3, 4]


def test_a_suspended_process_is_not_taken_for_a_crashed_one(yard: Installation) -> None:
    job_id = running(yard)
    verb = yard.wrapper_of(job_id).children()[0]
    verb.suspend()
    eventually(lambda: yard.job(job_id)["reason_code"] == "suspended", "it is said", seconds=30)
    assert yard.job(job_id)["state"] == "running"
    verb.resume()
    eventually(lambda: yard.job(job_id)["reason_code"] == "running", "it is taken back", seconds=30)
    assert yard.attempts_of(job_id) == [1]
    stop(yard, job_id)


def test_a_job_that_hears_no_stop_is_ended_after_its_grace(yard: Installation) -> None:
    job_id = running(yard, hears_stop=False, num_children=2)
    old = identities(yard.processes_of(job_id))
    yard.ask(job_id, "stop")
    row = yard.wait_for(job_id, "stopped", seconds=GRACE_SECONDS + DEADLINE_SECONDS)
    assert row["reason_code"] == "stopped_hard"
    assert "had not saved" in row["reason"]
    assert survivors(old) == []


def test_a_suspended_job_that_is_stopped_is_ended_after_its_grace(yard: Installation) -> None:
    job_id = running(yard, num_children=1)
    old = identities(yard.processes_of(job_id))
    yard.wrapper_of(job_id).children()[0].suspend()
    yard.ask(job_id, "stop")
    row = yard.wait_for(job_id, "stopped", seconds=GRACE_SECONDS + DEADLINE_SECONDS)
    assert row["reason_code"] == "stopped_hard"
    assert survivors(old) == []
    assert not yard.is_alive(job_id)


@pytest.mark.parametrize(
    "num_jobs", [12, pytest.param(200, marks=pytest.mark.slow)], ids=lambda n: f"{n}-jobs"
)
def test_two_consumers_start_nothing_twice(yard: Installation, num_jobs: int) -> None:
    second = yard.spawn("queue")
    try:
        jobs = [yard.create(seconds=0.1) for _ in range(num_jobs)]
        for job_id in jobs:
            yard.wait_for(job_id, "finished", seconds=30 + num_jobs)
        assert [yard.attempts_of(job_id) for job_id in jobs] == [[1]] * num_jobs
    finally:
        second.terminate()
        second.communicate()


def test_a_second_supervisor_says_so_and_ends(yard: Installation) -> None:
    second = yard.spawn("supervisor")
    printed, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "Another supervisor serves this home folder" in printed


def test_a_second_parent_on_the_same_home_is_refused(yard: Installation) -> None:
    second = yard.spawn("up", "--port", "0")
    printed, _ = second.communicate(timeout=60)
    assert second.returncode != 0
    assert "already runs on the home folder" in printed
    assert yard.api("GET", "queue/")["num_hidden"] == 0


def test_jobs_outlive_a_killed_parent_and_are_found_again(yard: Installation) -> None:
    job_id = running(yard)
    tree = identities(yard.processes_of(job_id))
    assert yard.parent is not None
    os.kill(yard.parent.pid, signal.SIGKILL)
    yard.parent.communicate()
    eventually(lambda: identities(yard.processes()) == tree, "only the job is left")
    yard.start()
    yard.wait_for(job_id, "running", seconds=RESTART_SECONDS)
    assert identities(yard.processes_of(job_id)) == tree
    stop(yard, job_id)
    assert yard.attempts_of(job_id) == [1]


def test_ending_the_parent_saves_what_runs_and_the_next_start_goes_on(yard: Installation) -> None:
    job_id = running(yard, save_seconds=1)
    printed = yard.end(signal.SIGINT)
    assert "Asking 1 running job to save" in printed
    assert yard.processes() == []
    yard.start()
    row = yard.wait_for(job_id, "running", attempt=2, seconds=RESTART_SECONDS)
    # A restart is nobody's fault: it is not counted among the automatic resumes.
    assert row["num_resumes"] == 0
    stop(yard, job_id)


def test_after_the_machine_went_down_everything_is_resumed(yard: Installation) -> None:
    jobs = [running(yard) for _ in range(2)]
    maker = yard.create(seconds=1, leaves_report=True)
    waiting = yard.create(seconds=0.1, after=f"job:{maker}")
    yard.kill_everything()
    assert yard.processes() == []
    yard.start()
    for job_id in jobs:
        yard.wait_for(job_id, "running", attempt=2, seconds=RESTART_SECONDS)
        stop(yard, job_id)
    yard.wait_for(waiting, "finished", seconds=RESTART_SECONDS)


def test_a_stray_that_nobody_knows_is_ended(yard: Installation) -> None:
    job_id = yard.create(seconds=0.1)
    yard.wait_for(job_id, "finished", seconds=SET_UP_SECONDS)
    environment = {**os.environ, "TRAINYARD_JOB": str(yard.folder(job_id).root)}
    stray = psutil.Popen(["sleep", "600"], env=environment)
    assert stray.wait(timeout=2 * DEADLINE_SECONDS * crowding()) == -signal.SIGKILL
