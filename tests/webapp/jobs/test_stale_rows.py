"""What a click does when the job has gone on since its page was drawn: each holds an old row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webapp.factories import World, make_job
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job, Lease
from webapp.jobs.services import control, leases
from webapp.jobs.services.control import job_move
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.deletion import job_delete
from webapp.jobs.services.ending import end_with_exit, go_on
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.states import State, Wanted


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def running(world: World) -> Job:
    return make_job(world.project, state=State.RUNNING, attempt=1)


def resumed_by_itself(job: Job) -> None:
    """Killed, and put back into the queue by the supervisor."""
    mine = fresh(job)
    end_with_exit(mine, {"kind": "killed", "attempt": 1})
    assert go_on(mine)


def test_stopping_what_has_just_been_resumed_by_itself_cancels_it(world: World) -> None:
    job = running(world)
    resumed_by_itself(job)
    control.job_stop(job=job)
    assert (fresh(job).state, fresh(job).reason_code) == (State.STOPPED, "cancelled")


def test_pausing_what_has_just_been_resumed_by_itself_leaves_it_waiting(world: World) -> None:
    job = running(world)
    resumed_by_itself(job)
    with pytest.raises(ApplicationError, match="It is Waiting"):
        control.job_pause(job=job)
    assert (fresh(job).state, fresh(job).wanted) == (State.WAITING, Wanted.RUN)


def test_cancelling_what_has_just_started_is_refused_with_its_new_state(world: World) -> None:
    job = make_job(world.project)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempt=1)
    with pytest.raises(ApplicationError, match="It is Running"):
        control.job_cancel(job=job)


def test_stopping_what_has_just_started_asks_it_to_save(world: World) -> None:
    job = make_job(world.project)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempt=1)
    control.job_stop(job=job)
    assert (fresh(job).state, fresh(job).wanted) == (State.STOPPING, Wanted.STOP)
    assert job.folder.stop.exists()


def test_resuming_twice_is_refused_the_second_time(world: World) -> None:
    job = make_job(world.project, state=State.STOPPED)
    control.job_resume(job=fresh(job))
    with pytest.raises(ApplicationError, match="It is Waiting"):
        control.job_resume(job=job)


def test_an_end_is_judged_by_the_wish_that_stands_in_the_row(world: World) -> None:
    job = running(world)
    Job.objects.filter(pk=job.pk).update(wanted=Wanted.STOP)
    assert not end_with_exit(job, {"kind": "stopped", "attempt": 1})
    assert end_with_exit(fresh(job), {"kind": "stopped", "attempt": 1})
    assert (fresh(job).state, fresh(job).reason_code) == (State.STOPPED, "stopped")


def test_a_shutdown_asks_whatever_lives_whoever_asked_before(world: World) -> None:
    free, stopping = running(world), running(world)
    control.job_stop(job=stopping)
    asked = control.shutdown_request_all(grace_seconds=1.0)
    assert {job.pk: job.wanted for job in asked} == {free.pk: "shutdown", stopping.pk: "stop"}


def test_two_clicks_on_up_from_the_same_page_give_every_job_a_place_of_its_own(
    world: World,
) -> None:
    jobs = [make_job(world.project) for _ in range(3)]
    first_click, second_click = fresh(jobs[2]), fresh(jobs[2])
    job_move(job=first_click, up=True)
    job_move(job=second_click, up=True)
    line = list(Job.objects.order_by("position"))
    assert line == [jobs[2], jobs[0], jobs[1]]
    assert len({job.position for job in line}) == 3


def test_the_last_place_in_the_line_is_looked_up_under_the_lock(world: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        job_create(project=world.project, verb="sleep", spec={})
    statements = [query["sql"] for query in queries]
    lock = next(n for n, sql in enumerate(statements) if 'UPDATE "jobs_stateversion"' in sql)
    last = next(n for n, sql in enumerate(statements) if "MAX(" in sql)
    assert lock < last


def test_what_an_old_attempt_gives_back_is_not_the_next_one_s(world: World) -> None:
    job = make_job(world.project)
    schedule_waiting()
    old = fresh(job)
    control.job_cancel(job=fresh(job))
    assert Lease.objects.count() == 0
    control.job_resume(job=fresh(job))
    schedule_waiting()
    leases.release(old)
    assert Lease.objects.get().attempt == 2


def test_whatever_ends_says_when_and_whatever_goes_on_says_it_no_more(world: World) -> None:
    maker, user = make_job(world.project), make_job(world.project)
    control.job_cancel(job=maker)
    assert maker.ended_at == maker.state_since
    user.dependencies.create(on_job=maker)
    schedule_waiting()
    assert (fresh(user).state, fresh(user).reason_code) == (State.FAILED, "input_failed")
    assert fresh(user).ended_at is not None
    killed = running(world)
    resumed_by_itself(killed)
    assert fresh(killed).ended_at is None


def test_a_job_that_was_resumed_meanwhile_is_not_deleted(world: World) -> None:
    job = make_job(world.project, state=State.STOPPED)
    control.job_resume(job=fresh(job))
    with pytest.raises(ApplicationError, match="has not ended"):
        job_delete(job=job)
    assert fresh(job).state == State.WAITING


def test_deleting_twice_is_deleting_once(world: World) -> None:
    job = make_job(world.project, state=State.STOPPED)
    job_delete(job=fresh(job))
    job_delete(job=job)
    assert not Job.objects.exists()
