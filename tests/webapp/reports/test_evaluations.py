"""A report that is asked for takes the evaluations of its run along."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings

from tests.webapp.factories import World
from tests.webapp.runs.test_compare_benchmarks import artifact, evaluate, told
from tests.webapp.runs.test_pages import make_run
from training.folder.artifact import write_artifact
from webapp.jobs.models import Artifact
from webapp.jobs.states import State
from webapp.reports.services import report_ask


@pytest.mark.django_db
def test_the_evaluations_that_are_there_are_named(world: World) -> None:
    run, other = (make_run(world, 20, state=State.FINISHED, spec={}) for _ in range(2))
    quiz = artifact(world, "benchmark", title="Quiz")
    for job in (run, other):
        artifact(world, "model", title=job.title, job=job)
    there, gone, _others = (
        evaluate(world, job, quiz, [told("sums", 10)]) for job in (run, run, other)
    )
    path = f"jobs/{uuid.uuid4()}/output"
    with write_artifact(settings.TRAINYARD_HOME / path, "evaluation"):
        pass
    Artifact.objects.filter(pk=there.pk).update(path=path)
    assert not gone.folder.exists()
    report = report_ask(run=run, created_by=world.editor)
    assert report.spec["evaluations"] == [f"artifact:{there.pk}"]
    named = report.dependencies.filter(on_artifact=there)
    assert named.exists()
