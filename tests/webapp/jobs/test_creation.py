"""Making jobs: everything wrong is said at once, a double click makes one, groups are whole."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.webapp.factories import World, make_project
from training.errors import SpecError
from webapp.jobs.models import Artifact, Job, JobDependency, JobGroup
from webapp.jobs.services.creation import group_create, job_clone, job_create
from webapp.jobs.services.deletion import job_delete
from webapp.jobs.states import State
from webapp.projects.models import Project
from webapp.projects.services import project_delete


def sleep(world: World, **fields: object) -> Job:
    spec = fields.pop("spec", {"seconds": 1})
    return job_create(project=world.project, verb="sleep", spec=spec, **fields)  # type: ignore[arg-type]


def artifact(project: Project, kind: str = "report") -> Artifact:
    return Artifact.objects.create(project=project, kind=kind, path=f"jobs/{uuid.uuid4()}/output")


def problems(world: World, verb: str = "sleep", **spec: object) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        job_create(project=world.project, verb=verb, spec=spec)
    return {problem.field: problem.sentence() for problem in caught.value.problems}


def test_a_job_waits_with_its_resolved_settings(world: World) -> None:
    job = sleep(world, title="Nap", created_by=world.editor)
    assert (job.state, job.reason_code, job.attempt) == (State.WAITING, "created", 0)
    assert job.spec["ending"] == "finish"
    assert job.title == "Nap"
    assert Job.objects.get().version > 0


def test_an_unknown_verb_and_an_unknown_key_are_named_with_a_suggestion(world: World) -> None:
    assert "Did you mean 'sleep'?" in problems(world, "sleeep")["verbs"]
    assert "Did you mean 'seconds'?" in problems(world, second=3)["second"]
    assert Job.objects.count() == 0


def test_the_same_key_gives_the_same_job_in_one_project_only(world: World) -> None:
    first = sleep(world, idempotency_key="click")
    assert sleep(world, idempotency_key="click") == first
    assert sleep(world) != first
    other = make_project(world.owner, "Other")
    made = job_create(project=other, verb="sleep", spec={}, idempotency_key="click")
    assert made != first
    assert Job.objects.count() == 3


@pytest.mark.parametrize("key", ["k" * 80, "a\0b", "\ud800"])
def test_a_key_that_no_column_holds_still_gives_one_job(world: World, key: str) -> None:
    first = sleep(world, idempotency_key=key)
    assert len(first.idempotency_key) == 64
    assert sleep(world, idempotency_key=key).pk == first.pk
    steps = [{"verb": "sleep", "spec": {"seconds": 1}}]
    group = group_create(project=world.project, steps=steps, title="", idempotency_key=key)  # type: ignore[arg-type]
    again = group_create(project=world.project, steps=steps, title="", idempotency_key=key)  # type: ignore[arg-type]
    assert group.pk == again.pk


def test_inputs_are_ids_of_this_project_and_of_the_right_kind(world: World) -> None:
    foreign = artifact(make_project(world.owner, "Other"))
    wrong = artifact(world.project, "tokens")
    bad = "names no input"
    assert bad in problems(world, after="../../etc")["after"]
    assert bad in problems(world, after="artifact:../../x")["after"]
    assert bad in problems(world, after=f"artifact:{wrong.pk}/../../x")["after"]
    assert "is not in this project" in problems(world, after=f"artifact:{foreign.pk}")["after"]
    assert "is of the wrong kind" in problems(world, after=f"artifact:{wrong.pk}")["after"]
    assert "is not in this project" in problems(world, after=f"job:{uuid.uuid4()}")["after"]
    assert Job.objects.count() == 0


def test_an_input_becomes_a_dependency(world: World) -> None:
    there = artifact(world.project)
    maker = sleep(world)
    one = sleep(world, spec={"after": f"artifact:{there.pk}"})
    two = sleep(world, spec={"after": f"job:{maker.pk}"})
    three = sleep(world, spec={"after": f"folder:{maker.pk}"})
    edges = {edge.job_id: edge for edge in JobDependency.objects.all()}
    assert (edges[one.pk].role, edges[one.pk].on_artifact) == ("after", there)
    assert (edges[two.pk].on_job, edges[two.pk].needs_output) == (maker, True)
    assert (edges[three.pk].on_job, edges[three.pk].needs_output) == (maker, False)


def test_a_chain_is_made_whole_or_not_at_all(world: World) -> None:
    steps = [
        {"verb": "sleep", "spec": {"leaves_report": True}, "title": "First"},
        {"verb": "sleep", "spec": {"after": "step:0"}, "title": "Second"},
    ]
    group = group_create(project=world.project, steps=steps, title="Chain", idempotency_key="k")  # type: ignore[arg-type]
    first, second = group.jobs.order_by("position")
    assert second.dependencies.get().on_job == first
    again = group_create(project=world.project, steps=steps, title="Chain", idempotency_key="k")  # type: ignore[arg-type]
    assert again == group
    with pytest.raises(SpecError):
        group_create(
            project=world.project,
            steps=[{"verb": "sleep", "spec": {}}, {"verb": "sleep", "spec": {"after": "step:7"}}],
            title="Bad",
        )
    assert (Job.objects.count(), JobGroup.objects.count()) == (2, 1)


def test_a_clone_differs_in_what_was_changed(world: World) -> None:
    job = sleep(world, spec={"seconds": 5}, title="Nap", priority=2)
    clone = job_clone(job=job, created_by=world.editor, changes={"seconds": 7, "ending": "bug"})
    assert clone.spec == {**job.spec, "seconds": 7.0, "ending": "bug"}
    assert (clone.title, clone.priority, clone.state) == ("Nap", 2, State.WAITING)
    with pytest.raises(SpecError):
        job_clone(job=job, created_by=None, changes={"seconds.more": 1})


def test_the_folder_of_a_job_is_named_by_its_id_under_the_home(world: World) -> None:
    job = sleep(world)
    assert job.folder.root.name == str(job.pk)
    assert job.folder.root.parent.name == "jobs"
    assert isinstance(job.folder.root, Path)


def test_a_group_goes_with_its_last_job_and_the_project_can_be_deleted(world: World) -> None:
    steps = [{"verb": "sleep", "spec": {}}, {"verb": "sleep", "spec": {}}]
    group_create(project=world.project, steps=steps, title="Two")  # type: ignore[arg-type]
    Job.objects.update(state=State.STOPPED)
    first, second = Job.objects.all()
    job_delete(job=first)
    assert JobGroup.objects.exists()
    job_delete(job=second)
    assert not JobGroup.objects.exists()
    project_delete(project=world.project)
