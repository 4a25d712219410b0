"""The queue's lanes: what takes long holds back no launch, and nothing is asked for twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from tests.webapp.factories import World, make_job
from webapp.jobs import tasks
from webapp.jobs.lanes import LAUNCHES, Lane, ask_once, lane_beside
from webapp.jobs.models import Job
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.states import State
from webapp.jobs.supervision.patience import Patience
from webapp.jobs.supervision.reconcile import reconcile

may_go_on = threading.Event()
begun: list[str] = []
launched = threading.Event()
LONG = lane_beside(settings.HUEY, "test-long")
QUICK = lane_beside(settings.HUEY, "test-quick")


@LONG.task()
def long_task(name: str) -> None:
    begun.append(name)
    may_go_on.wait(60)


@QUICK.task()
def quick_task() -> None:
    launched.set()


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    for queue in (LAUNCHES, LONG, QUICK):
        queue.flush()
    yield
    LAUNCHES.flush()


@contextmanager
def working(lane: Lane) -> Iterator[None]:
    thread = threading.Thread(target=lane.run)
    thread.start()
    yield
    lane.stop()
    thread.join()


def wait_until_begun(name: str) -> None:
    deadline = time.monotonic() + 20
    while name not in begun:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_long_tasks_are_done_one_by_one_and_hold_back_no_launch() -> None:
    for name in ("first", "second"):
        long_task(name)
    with working(Lane(LONG)), working(Lane(QUICK)):
        wait_until_begun("first")
        quick_task()
        assert launched.wait(20)
        assert begun == ["first"]
        may_go_on.set()
        wait_until_begun("second")


def test_launching_has_a_lane_of_its_own() -> None:
    assert tasks._launch.huey is LAUNCHES
    assert tasks._schedule.huey is LAUNCHES
    assert tasks._delete_folder.huey is settings.HUEY
    assert LAUNCHES.name != settings.HUEY.name


def test_what_waits_in_the_queue_is_not_asked_for_again() -> None:
    assert ask_once(long_task, "a")
    assert not ask_once(long_task, "a")
    assert ask_once(long_task, "b")
    assert LONG.pending_count() == 2
    LONG.dequeue()
    assert ask_once(long_task, "a")


def queued(world: World) -> Job:
    """A job whose launch the scheduler has asked for."""
    job = make_job(world.project)
    schedule_waiting()
    job.refresh_from_db()
    assert job.state == State.QUEUED
    tasks.launch(job.pk, job.attempt)
    return job


def test_a_queue_that_is_behind_gets_no_more_to_do_and_is_not_said_to_have_lost_anything(
    world: World,
) -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    job = queued(world)
    for _ in range(5):
        reconcile(job, patience)
        now[0] += 100
    assert LAUNCHES.pending_count() == 1
    assert job.reason == "Waits for the queue, which is busy or does not run."


def test_a_launch_that_the_queue_has_lost_is_asked_for_again(world: World) -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    job = queued(world)
    LAUNCHES.flush()
    for _ in range(2):
        reconcile(job, patience)
        now[0] += 100
    assert LAUNCHES.pending_count() == 1
    assert job.reason_code == "requeued"
