"""One job with which something is wrong: its row says what, and all the others go on."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.webapp.factories import World, make_job
from tests.webapp.jobs.test_facts import Wrapper
from training.folder.atomic import write_json
from webapp.jobs.models import Job
from webapp.jobs.services.isolation import kept_apart
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.states import State, Wanted
from webapp.jobs.supervision.loop import Supervisor
from webapp.jobs.supervision.strays import _is_protected


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def with_a_folder_for_a_lock(job: Job) -> Job:
    """A folder in which nothing can be asked."""
    job.folder.tree_lock.mkdir(parents=True)
    return job


def with_an_end(job: Job) -> Job:
    job.folder.root.mkdir(parents=True, exist_ok=True)
    write_json(job.folder.pid, {"attempt": 1})
    write_json(job.folder.exit, {"attempt": 1, "kind": "finished"})
    return job


def test_a_folder_that_cannot_be_read_keeps_no_other_job_from_ending(world: World) -> None:
    bad = with_a_folder_for_a_lock(make_job(world.project, state=State.RUNNING, attempt=1))
    good = with_an_end(make_job(world.project, state=State.RUNNING, attempt=1))
    Supervisor().reconcile_all()
    assert fresh(good).state == State.FINISHED
    assert fresh(bad).state == State.RUNNING
    assert fresh(bad).reason.startswith("Something in its folder or rows cannot be made out (")
    assert "tree.lock" in fresh(bad).reason
    bad.folder.tree_lock.rmdir()
    with_an_end(bad)
    Supervisor().reconcile_all()
    assert fresh(bad).state == State.FINISHED


def test_a_folder_that_cannot_be_read_keeps_no_other_job_from_starting(world: World) -> None:
    bad = with_a_folder_for_a_lock(make_job(world.project, attempt=1))
    good = make_job(world.project)
    assert schedule_waiting() == 1
    assert fresh(good).state == State.QUEUED
    assert (fresh(bad).state, fresh(bad).reason_code) == (State.WAITING, "unattended")


def test_a_verb_that_is_gone_keeps_no_other_job_from_going_on(world: World) -> None:
    lost = {"state": State.LOST, "reason_code": "lost", "attempt": 1}
    bad = make_job(world.project, verb="of-a-later-version", **lost)
    good = make_job(world.project, **lost)
    Supervisor().let_go_on()
    assert fresh(good).reason_code == "auto_resume"
    # It would go on by itself for this reason, so it is kept.
    assert (fresh(bad).state, fresh(bad).reason_code) == (State.LOST, "lost")


def test_what_is_asked_of_a_job_is_said_again_when_its_trouble_is_over(world: World) -> None:
    job = make_job(world.project, state=State.STOPPING, attempt=1, wanted=Wanted.STOP)
    wrapper = Wrapper(job.folder.root)
    wrapper.start()
    with kept_apart(job):
        raise ValueError("three is not two")
    assert fresh(job).reason_code == "unattended"
    assert "(ValueError: three is not two)" in fresh(job).reason
    job.folder.stop.parent.mkdir()
    write_json(job.folder.stop, {"wanted": "stop", "attempt": 1})
    Supervisor().reconcile_all()
    assert fresh(job).reason_code == "stop_wanted"
    wrapper.end()


def test_a_step_that_fails_is_not_the_last_one_of_its_round() -> None:
    def fail() -> None:
        raise RuntimeError("The queue's Redis is away.")

    Supervisor().guarded(fail)


def test_processes_of_a_folder_that_cannot_be_looked_at_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "wrapper.lock").mkdir()
    assert _is_protected(tmp_path)
