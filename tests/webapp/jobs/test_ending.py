"""What becomes of a job whose processes are gone: wanted decides, then how it ended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.webapp.factories import World, make_job
from training.errors import DataError
from training.folder.artifact import load_manifest, write_artifact
from training.folder.atomic import write_json
from training.folder.locks import FolderLock, hold_tree_lock
from webapp.jobs.models import Artifact, Job, JobDependency, Lease
from webapp.jobs.services import leases
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.ending import end_as_lost, end_with_exit, go_on
from webapp.jobs.states import State, Wanted
from webapp.jobs.supervision.patience import Patience
from webapp.jobs.supervision.reconcile import MAX_LAUNCHES, reconcile

TRACEBACK = """Traceback (most recent call last):
  File "attempt.py", line 1, in run
OSError: [Errno 5] Input/output error
"""


def running(world: World, **fields: object) -> Job:
    return make_job(world.project, **{"state": State.RUNNING, "attempt": 1, **fields})


@pytest.mark.parametrize(
    ("wanted", "kind", "state", "code"),
    [
        ("run", "finished", "finished", "finished"),
        ("stop", "finished", "finished", "finished"),
        ("stop", "stopped", "stopped", "stopped"),
        ("pause", "stopped", "paused", "paused"),
        ("shutdown", "stopped", "paused", "shutdown"),
        ("run", "stopped", "lost", "signalled"),
        ("stop", "stopped_hard", "stopped", "stopped_hard"),
        ("pause", "stopped_hard", "paused", "paused_hard"),
        ("shutdown", "killed", "paused", "shutdown"),
        ("run", "killed", "failed", "killed"),
        ("stop", "killed", "stopped", "stopped_hard"),
        ("run", "disk_full", "paused", "disk_full"),
        ("run", "out_of_memory", "failed", "out_of_memory"),
        ("run", "not_finite", "failed", "not_finite"),
        ("pause", "data", "failed", "data"),
        ("run", "bug", "failed", "bug"),
    ],
)
def test_state_and_reason_after_an_exit(
    world: World, wanted: str, kind: str, state: str, code: str
) -> None:
    job = running(world, wanted=wanted)
    leases.take(job, attempt=1, indexes=[0])
    record = {"kind": kind, "message": "It broke.", "advice": "Mend it.", "attempt": 1}
    assert end_with_exit(job, record)
    assert (job.state, job.reason_code, job.advice) == (state, code, "Mend it.")
    assert job.reason
    assert "%" not in job.reason
    assert job.ended_at is not None
    assert Lease.objects.count() == 0


def test_a_vanished_tree_is_lost_and_goes_on_three_times(world: World) -> None:
    job = running(world)
    for number in (1, 2, 3):
        end_as_lost(job)
        assert (job.state, job.reason_code) == (State.LOST, "lost")
        assert go_on(job)
        assert (job.state, job.num_resumes) == (State.WAITING, number)
        assert f"{number} of 3" in job.reason
        Job.objects.filter(pk=job.pk).update(state=State.RUNNING)
        job.refresh_from_db()
    end_as_lost(job)
    assert not go_on(job)
    assert job.state == State.LOST


def test_only_verbs_that_remember_go_on_by_themselves(world: World) -> None:
    job = running(world, verb="tokenizer")
    end_as_lost(job)
    assert not go_on(job)
    assert job.may_resume


def test_a_run_that_filled_the_disk_goes_on_when_somebody_made_room(
    world: World, settings: Settings
) -> None:
    settings.JOBS = replace(settings.JOBS, min_free_bytes=1000)
    job = running(world)
    end_with_exit(job, {"kind": "disk_full", "message": "Full.", "attempt": 1})
    # Other processes take and free space all the time, so the room of then is what is changed.
    free = job.reason_data["free_bytes"]
    job.reason_data["free_bytes"] = free + 10**12
    assert not go_on(job)
    job.reason_data["free_bytes"] = 0
    assert go_on(job)
    assert job.reason_code == "space_back"


def test_what_a_shutdown_paused_goes_on(world: World) -> None:
    job = running(world, wanted=Wanted.SHUTDOWN)
    end_with_exit(job, {"kind": "stopped", "attempt": 1})
    assert go_on(job)
    assert (job.state, job.wanted, job.num_resumes) == (State.WAITING, Wanted.RUN, 0)


def test_what_a_person_paused_stays_paused(world: World) -> None:
    job = running(world, wanted=Wanted.PAUSE)
    end_with_exit(job, {"kind": "stopped", "attempt": 1})
    assert not go_on(job)


def write_output(job: Job, source: Path | None = None) -> str:
    with write_artifact(
        job.folder.output, "report", inputs={"run": source} if source else {}
    ) as draft:
        (draft.path / "report.md").write_text("text")
        draft.counts["num_pages"] = 3
    return load_manifest(job.folder.output).id


def test_an_output_is_indexed_in_the_same_step_and_replaced_by_a_later_one(world: World) -> None:
    job, user = running(world), make_job(world.project)
    first = write_output(job)
    end_with_exit(job, {"kind": "stopped_hard", "attempt": 1})
    artifact = Artifact.objects.get()
    assert (str(artifact.pk), artifact.kind, artifact.counts) == (first, "report", {"num_pages": 3})
    assert artifact.num_bytes == 4
    assert artifact.folder == job.folder.output
    JobDependency.objects.create(job=user, role="after", on_artifact=artifact)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING)
    job.refresh_from_db()
    second = write_output(job)
    end_with_exit(job, {"kind": "finished", "attempt": 1})
    assert [str(row.pk) for row in Artifact.objects.all()] == [second]
    assert str(user.dependencies.get().on_artifact_id) == second


def test_lineage_follows_the_manifests(world: World) -> None:
    maker, user = running(world), running(world)
    write_output(maker)
    end_with_exit(maker, {"kind": "finished", "attempt": 1})
    write_output(user, source=maker.folder.output)
    end_with_exit(user, {"kind": "finished", "attempt": 1})
    made = Artifact.objects.get(job=user)
    assert [source.job for source in made.sources.all()] == [maker]


@pytest.mark.parametrize("damage", [{"inputs": {"run": {}}}, {"counts": None}, {"id": "7"}])
def test_a_damaged_manifest_keeps_no_job_from_ending_and_is_said(
    world: World, damage: dict[str, object]
) -> None:
    job = running(world)
    write_output(job)
    manifest = job.folder.output / "manifest.json"
    write_json(manifest, {**json.loads(manifest.read_text()), **damage})
    assert end_with_exit(job, {"kind": "finished", "attempt": 1})
    job.refresh_from_db()
    assert job.state == State.FINISHED
    assert "manifest.json" in job.advice
    assert not Artifact.objects.exists()


def test_jobs_may_lie_on_another_disk_behind_a_link(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.TRAINYARD_HOME = tmp_path / "home"
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "jobs").symlink_to(tmp_path / "disk")
    job = running(world)
    write_output(job)
    assert end_with_exit(job, {"kind": "finished", "attempt": 1})
    assert Artifact.objects.get().path == f"jobs/{job.pk}/output"
    with pytest.raises(DataError, match="does not lie in the home folder"):
        artifact_index(folder=write_elsewhere(tmp_path), project=world.project)


def write_elsewhere(root: Path) -> Path:
    with write_artifact(root / "elsewhere", "report"):
        pass
    return root / "elsewhere"


def test_the_row_follows_the_folder(world: World) -> None:
    job = make_job(world.project, state=State.STARTING, attempt=1)
    patience = Patience()
    lock = hold_tree_lock(job.folder.tree_lock)
    wrapper = FolderLock(job.folder.wrapper_lock)
    assert wrapper.try_exclusive()
    write_json(job.folder.pid, {"attempt": 1})
    reconcile(job, patience)
    assert job.state == State.RUNNING
    Job.objects.filter(pk=job.pk).update(wanted=Wanted.STOP)
    job.refresh_from_db()
    reconcile(job, patience)
    assert job.state == State.STOPPING
    assert job.folder.stop.exists()
    lock.close()
    wrapper.close()
    write_json(job.folder.exit, {"attempt": 1, "kind": "stopped"})
    reconcile(job, patience)
    assert job.state == State.STOPPED


def test_an_exit_of_an_earlier_attempt_is_not_this_one_s(world: World) -> None:
    job = running(world, attempt=2)
    job.folder.root.mkdir(parents=True)
    write_json(job.folder.pid, {"attempt": 2})
    write_json(job.folder.exit, {"attempt": 1, "kind": "finished"})
    reconcile(job, Patience())
    assert job.state == State.LOST


def test_a_launch_that_never_shows_is_repeated_and_at_last_given_up(world: World) -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    job = make_job(world.project, state=State.STARTING, attempt=1, num_launches=1)
    reconcile(job, patience)
    assert job.state == State.STARTING
    now[0] += 100
    reconcile(job, patience)
    assert (job.state, job.reason_code) == (State.QUEUED, "requeued")
    job.folder.root.mkdir(parents=True)
    job.folder.log.write_text(TRACEBACK)
    Job.objects.filter(pk=job.pk).update(state=State.STARTING, num_launches=MAX_LAUNCHES)
    job.refresh_from_db()
    reconcile(job, patience)
    now[0] += 100
    reconcile(job, patience)
    assert (job.state, job.reason_code) == (State.FAILED, "not_launched")
    assert job.reason == "Could not be launched in 5 tries: OSError: [Errno 5] Input/output error"


def test_a_still_heartbeat_is_said_and_is_no_crash(world: World) -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    job = running(world)
    lock = hold_tree_lock(job.folder.tree_lock)
    wrapper = FolderLock(job.folder.wrapper_lock)
    assert wrapper.try_exclusive()
    write_json(job.folder.pid, {"attempt": 1})
    reconcile(job, patience)
    now[0] += 130
    reconcile(job, patience)
    assert (job.state, job.reason_code) == (State.RUNNING, "frozen")
    assert "2 min" in job.reason
    write_json(job.folder.heartbeat, {"count": 7})
    reconcile(job, patience)
    assert (job.state, job.reason_code) == (State.RUNNING, "running")
    lock.close()
    wrapper.close()
