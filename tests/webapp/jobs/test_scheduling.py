"""Which waiting job goes next, and why the others wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.webapp.factories import World, make_job
from training.folder.locks import hold_tree_lock
from webapp.jobs.models import Job, Lease, OnFailure
from webapp.jobs.services import leases
from webapp.jobs.services.control import job_move, job_set_priority
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.services.states import change_state
from webapp.jobs.states import State


@pytest.fixture(autouse=True)
def _two_slots(settings: Settings) -> None:
    settings.JOBS = replace(django_settings.JOBS, num_cpu_slots=2, num_gpu_slots=0)


def make(world: World, **spec: Any) -> Job:
    return job_create(project=world.project, verb="sleep", spec={"seconds": 1, **spec})


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_jobs_start_in_their_order_until_the_slots_are_taken(world: World) -> None:
    first, second, third = (make(world) for _ in range(3))
    assert schedule_waiting() == 2
    assert [fresh(job).state for job in (first, second, third)] == ["queued", "queued", "waiting"]
    assert fresh(third).reason == "Waits for 1 free CPU slot; 0 of 2 are free."
    assert sorted(Lease.objects.values_list("index", flat=True)) == [0, 1]
    assert schedule_waiting() == 0
    assert fresh(first).attempt == 1


def test_a_higher_priority_goes_first_and_a_moved_job_changes_places(world: World) -> None:
    first, second, third = (make(world) for _ in range(3))
    job_move(job=fresh(third), up=True)
    job_set_priority(job=fresh(second), priority=1)
    schedule_waiting()
    states = {job.pk: fresh(job).state for job in (first, second, third)}
    assert states == {first.pk: "queued", second.pk: "queued", third.pk: "waiting"}
    job_move(job=fresh(third), up=True)
    assert fresh(third).position == third.position - 1


def test_a_job_of_two_processes_holds_back_what_is_behind_it(world: World) -> None:
    make(world)
    wide = make(world, num_processes=2)
    narrow = make(world)
    assert schedule_waiting() == 1
    assert fresh(wide).reason == "Waits for 2 free CPU slots; 1 of 2 are free."
    assert fresh(narrow).reason_code == "behind"


def test_more_processes_than_cores_take_all_of_them(world: World) -> None:
    job = make(world, num_processes=5)
    assert schedule_waiting() == 1
    assert leases.slots_needed(fresh(job)) == 2


def test_a_job_that_needs_a_gpu_says_that_there_is_none(world: World) -> None:
    job = make_job(world.project, slot_kind="gpu")
    assert schedule_waiting() == 0
    assert fresh(job).reason == "Needs 1 GPU slot; this machine has 0."


def test_a_job_waits_for_the_output_of_another(world: World) -> None:
    maker = make(world, leaves_report=True)
    waiting = make(world, after=f"job:{maker.pk}")
    assert schedule_waiting() == 1
    assert fresh(waiting).reason_code == "inputs"
    assert maker.title in fresh(waiting).reason
    Job.objects.filter(pk=maker.pk).update(state=State.FINISHED)
    assert schedule_waiting() == 1


@pytest.mark.parametrize(
    ("on_failure", "state"), [(OnFailure.FAIL, "failed"), (OnFailure.WAIT, "waiting")]
)
def test_the_edge_says_what_a_failed_input_means(world: World, on_failure: str, state: str) -> None:
    maker = make(world)
    spec = {"seconds": 1, "after": f"job:{maker.pk}"}
    waiting = job_create(project=world.project, verb="sleep", spec=spec, on_failure=on_failure)
    Job.objects.filter(pk=maker.pk).update(state=State.FAILED, reason_code="data")
    schedule_waiting()
    assert fresh(waiting).state == state


def test_an_input_that_will_be_resumed_by_itself_is_still_waited_for(world: World) -> None:
    maker = make(world)
    waiting = make(world, after=f"job:{maker.pk}")
    Job.objects.filter(pk=maker.pk).update(state=State.LOST, reason_code="lost")
    schedule_waiting()
    assert fresh(waiting).state == State.WAITING
    Job.objects.filter(pk=maker.pk).update(num_resumes=3)
    schedule_waiting()
    assert fresh(waiting).state == State.FAILED


def test_nothing_starts_on_a_disk_that_is_nearly_full(world: World, settings: Settings) -> None:
    settings.JOBS = replace(settings.JOBS, min_free_bytes=1 << 60)
    job = make(world)
    assert schedule_waiting() == 0
    assert fresh(job).reason_code == "disk_floor"


def test_nothing_is_resumed_while_processes_of_the_last_attempt_live(world: World) -> None:
    job = make_job(world.project, attempt=1)
    lock = hold_tree_lock(job.folder.tree_lock)
    assert schedule_waiting() == 0
    assert fresh(job).reason_code == "tree_alive"
    lock.close()
    assert schedule_waiting() == 1
    assert fresh(job).attempt == 2


def test_an_out_of_date_row_changes_nothing(world: World) -> None:
    job = make(world)
    stale = fresh(job)
    schedule_waiting()
    assert not change_state(stale, State.STOPPED, "cancelled")
    assert fresh(job).state == State.QUEUED
    with pytest.raises(ValueError, match="may not follow"):
        change_state(fresh(job), State.FINISHED, "finished")


def test_leases_of_ended_attempts_are_swept_and_living_ones_kept(world: World) -> None:
    ended, living = make(world), make(world)
    schedule_waiting()
    Job.objects.filter(pk=ended.pk).update(state=State.LOST)
    leases.renew_and_sweep()
    assert list(Lease.objects.values_list("job", flat=True)) == [living.pk]
