"""Launching: once per attempt, with inputs as relative paths, with the devices it holds."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.training.folder.small_disk import fill, small_disk
from tests.webapp.factories import World, make_job
from training.errors import DataError
from training.folder.atomic import write_json
from webapp.core.errors import ApplicationError
from webapp.huey import JsonSerializer
from webapp.jobs import tasks
from webapp.jobs.lanes import LAUNCHES
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.services import control, launching
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.deletion import empty_trash, job_delete, trash_folder
from webapp.jobs.services.launching import launch, prepare_folder
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.states import State, Wanted


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Instead of processes, which `test_kills` starts for real: who would have got one."""
    jobs: list[Job] = []
    monkeypatch.setattr(launching, "start_wrapper", jobs.append)
    return jobs


def test_a_launch_asked_twice_starts_one_wrapper(world: World, started: list[Job]) -> None:
    job = make_job(world.project)
    schedule_waiting()
    assert launch(job.pk, 1)
    assert not launch(job.pk, 1)
    assert not launch(job.pk, 2)
    assert not launch(uuid.uuid4(), 1)
    assert [one.pk for one in started] == [job.pk]
    assert Job.objects.get().state == State.STARTING


def test_inputs_become_paths_relative_to_the_folder(world: World) -> None:
    path = f"{uuid.uuid4()}/output"
    artifact = Artifact.objects.create(project=world.project, kind="report", path=f"jobs/{path}")
    artifact.folder.mkdir(parents=True)
    other = make_job(world.project)
    other.folder.root.mkdir(parents=True)
    specs = {
        f"artifact:{artifact.pk}": f"../{path}",
        f"artifact:{artifact.pk}/report.md": f"../{path}/report.md",
        f"folder:{other.pk}": f"../{other.pk}",
    }
    for reference, expected in specs.items():
        job = job_create(project=world.project, verb="sleep", spec={"after": reference})
        prepare_folder(job)
        stored = json.loads(job.folder.spec.read_text())
        assert (stored["verb"], stored["title"]) == ("sleep", job.title)
        assert stored["spec"]["after"] == expected
        assert (job.folder.root / expected.removesuffix("/report.md")).resolve().is_dir()


def test_inputs_whose_folders_are_gone_are_named_in_words(world: World, started: list[Job]) -> None:
    artifact = world.artifact
    Artifact.objects.filter(pk=artifact.pk).update(title="Report on Ada")
    maker = make_job(world.project, title="Reading Ada")
    one = job_create(project=world.project, verb="sleep", spec={"after": f"artifact:{artifact.pk}"})
    two = job_create(project=world.project, verb="sleep", spec={"after": f"folder:{maker.pk}"})
    JobDependency.objects.create(job=two, on_artifact=artifact)
    Job.objects.filter(pk=maker.pk).update(state=State.STOPPED)
    schedule_waiting()
    for job, reason in {
        one: "The folder of the input “Report on Ada” is not there any more.",
        two: "The folders of the inputs “Reading Ada”, “Report on Ada” are not there any more.",
    }.items():
        assert not launch(job.pk, 1)
        job.refresh_from_db()
        assert (job.state, job.reason_code) == (State.FAILED, "input_missing")
        assert job.reason == reason
        assert job.ended_at is not None
        assert not job.leases.exists()
    assert not started


def test_a_job_that_finds_no_room_is_paused_before_anything_is_started(
    world: World, started: list[Job], settings: Settings, tmp_path: Path
) -> None:
    job = make_job(world.project)
    schedule_waiting()
    with small_disk(tmp_path / "disk", num_bytes=1 << 20) as disk:
        settings.TRAINYARD_HOME = disk
        job.folder.root.mkdir(parents=True)
        fill(disk, leaving_bytes=8192)
        assert not launch(job.pk, 1)
    job.refresh_from_db()
    assert (job.state, job.reason_code) == (State.PAUSED, "disk_full")
    assert not started


def test_a_verb_that_is_gone_fails_the_job_with_a_sentence(
    world: World, started: list[Job]
) -> None:
    job = make_job(world.project)
    schedule_waiting()
    Job.objects.filter(pk=job.pk).update(verb="of-a-later-version")
    assert not launch(job.pk, 1)
    job.refresh_from_db()
    assert (job.state, job.reason_code) == (State.FAILED, "spec")
    assert "of-a-later-version" in job.reason


def test_a_folder_that_is_ahead_of_a_restored_database_gets_a_new_attempt(
    world: World, started: list[Job]
) -> None:
    job = make_job(world.project, attempt=1)
    job.folder.root.mkdir(parents=True)
    write_json(job.folder.pid, {"attempt": 4})
    schedule_waiting()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.QUEUED, 5)
    assert job.leases.get().attempt == 5


def test_jobs_on_another_disk_behind_a_link_find_their_inputs(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.TRAINYARD_HOME = tmp_path / "home"
    (tmp_path / "other" / "disk" / "jobs").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "jobs").symlink_to(tmp_path / "other" / "disk" / "jobs")
    upload = Artifact.objects.create(project=world.project, kind="report", path="uploads/u")
    upload.folder.mkdir(parents=True)
    job = job_create(project=world.project, verb="sleep", spec={"after": f"artifact:{upload.pk}"})
    prepare_folder(job)
    stored = json.loads(job.folder.spec.read_text())["spec"]["after"]
    assert (job.folder.root / stored).samefile(upload.folder)


def test_a_job_sees_only_the_gpus_it_holds(world: World, settings: Settings) -> None:
    settings.JOBS = replace(django_settings.JOBS, num_gpu_slots=4)
    job = make_job(world.project, slot_kind="gpu", num_slots=2)
    schedule_waiting()
    assert launching._devices(job) == {"CUDA_VISIBLE_DEVICES": "0,1"}
    assert launching._devices(make_job(world.project)) == {"CUDA_VISIBLE_DEVICES": ""}


def test_the_queue_carries_json_and_nothing_else() -> None:
    message = LAUNCHES._registry.create_message(tasks._launch.s("id", 3))
    serializer = JsonSerializer()
    text = serializer.serialize(message)
    assert json.loads(text)["data"][6] == ["id", 3]
    assert serializer.deserialize(text) == message
    with pytest.raises(ValueError):
        serializer.deserialize(b"\x80\x04cos\nsystem\n.")


def test_wishes_that_make_no_sense_are_refused_with_the_state(world: World) -> None:
    job = make_job(world.project, state=State.FINISHED)
    for wish in (control.job_stop, control.job_pause, control.job_resume, control.job_cancel):
        with pytest.raises(ApplicationError, match="Finished") as caught:
            wish(job=job)
        assert caught.value.status_code == 409
    with pytest.raises(ApplicationError, match="Finished"):
        control.job_move(job=job, up=True)
    with pytest.raises(ApplicationError, match="between -10 and 10"):
        control.job_set_priority(job=job, priority=11)


def test_stopping_what_has_not_started_cancels_it(world: World) -> None:
    job = make_job(world.project)
    control.job_stop(job=job)
    assert (job.state, job.reason_code, job.wanted) == (State.STOPPED, "cancelled", Wanted.STOP)
    control.job_resume(job=job)
    assert (job.state, job.wanted) == (State.WAITING, Wanted.RUN)


def test_a_job_is_deleted_with_its_folder_unless_something_needs_it(world: World) -> None:
    maker = make_job(world.project, state=State.FINISHED)
    maker.folder.root.mkdir(parents=True)
    user = job_create(project=world.project, verb="sleep", spec={"after": f"job:{maker.pk}"})
    with pytest.raises(ApplicationError, match="is used by"):
        job_delete(job=maker)
    with pytest.raises(ApplicationError, match="has not ended"):
        job_delete(job=user)
    Job.objects.filter(pk=user.pk).update(state=State.STOPPED)
    user.refresh_from_db()
    job_delete(job=user)
    job_delete(job=maker)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_folder_goes_to_the_trash_when_the_row_is_gone() -> None:
    world = World.make()
    job = make_job(world.project, state=State.FINISHED)
    name, root = str(job.pk), job.folder.root
    root.mkdir(parents=True)
    job_delete(job=job)
    assert not root.exists()
    assert (trash_folder() / name).is_dir()
    empty_trash(name)
    assert not (trash_folder() / name).exists()


def test_a_folder_without_a_manifest_is_not_indexed(world: World, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a finished artifact"):
        artifact_index(folder=tmp_path, project=world.project)
