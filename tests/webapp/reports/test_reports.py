"""Asking for a report in each state of a run, and what the pages show."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.reports.services import report_ask


@pytest.mark.parametrize(
    ("state", "scheme"),
    [(State.FINISHED, "job"), (State.STOPPED, "folder"), (State.LOST, "folder")],
)
def test_a_finished_run_is_read_from_its_output_another_from_its_folder(
    world: World, state: State, scheme: str
) -> None:
    run = make_run(world, 10, state=state)
    job = report_ask(run=run, created_by=world.editor)
    assert (job.verb, job.spec["run"]) == ("report", f"{scheme}:{run.pk}")
    # People know the run by its name, not by the number of its folder.
    assert job.spec["title"] == run.title


def test_a_run_without_a_step_has_nothing_to_report(world: World) -> None:
    run = make_run(world, 0, state=State.FAILED)
    with pytest.raises(ApplicationError, match="not taken a step") as caught:
        report_ask(run=run, created_by=world.editor)
    assert caught.value.status_code == 409


def test_the_button_leads_to_the_tab_where_the_report_will_stand(world: World) -> None:
    run = make_run(world, 10, state=State.STOPPED)
    client = Client()
    client.force_login(world.editor)
    tab = f"/runs/{run.pk}/report/"
    assert b"Write report" in client.get(tab).content
    assert client.post(f"{tab}write/").url == tab
    page = client.get(tab).content
    assert b"Report on A run" in page
    assert b"hx-get" in page


def test_a_report_whose_files_are_gone_says_so(world: World) -> None:
    client = Client()
    client.force_login(world.viewer)
    page = client.get(f"/reports/{world.artifact.pk}/")
    assert page.status_code == 200
    assert b"not there any more" in page.content


@pytest.mark.parametrize("text", ["{", "[]", '{"format_version": 1}', '{"result": 7}'])
def test_a_report_whose_data_are_damaged_says_so_instead_of_failing(
    world: World, as_user: Any, text: str
) -> None:
    world.artifact.folder.mkdir(parents=True)
    (world.artifact.folder / "report.json").write_text(text)
    page = as_user(world.viewer).get(f"/reports/{world.artifact.pk}/")
    assert page.status_code == 200
    assert b"not there any more" in page.content


def test_a_viewer_without_reports_is_told_what_one_is(world: World, as_user: Any) -> None:
    make_run(world, 5, state=State.FINISHED, started_at="2026-01-01T00:00Z")
    url = f"/projects/{world.project.pk}/reports/"
    assert b"No report yet" in as_user(world.viewer).get(url).content
    assert b"Write report" in as_user(world.editor).get(url).content


def test_the_list_costs_a_fixed_number_of_queries(
    world: World, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_run(world, 5, state=State.FINISHED, started_at="2026-01-01T00:00Z")
    assert world.artifact
    client = as_user(world.editor)
    with django_assert_max_num_queries(8):
        page = client.get(f"/projects/{world.project.pk}/reports/")
    assert page.content.count(b"Write report") == 5
    assert Job.objects.count() == 5


def test_a_list_that_is_cut_says_so(
    world: World, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = as_user(world.viewer), f"/projects/{world.project.pk}/reports/"
    assert world.artifact
    Artifact.objects.create(project=world.project, kind="report", title="Another", path="x")
    assert b"are listed" not in client.get(url).content
    monkeypatch.setattr("webapp.reports.views.NUM_SHOWN", 1)
    assert b"The newest 1 of 2 reports are listed." in client.get(url).content
    answer = client.get(f"/api/v1/projects/{world.project.pk}/reports/")
    assert answer.headers["Total-Count"] == "2"


def test_runs_that_are_not_offered_are_told_of(world: World, as_user: Any) -> None:
    started = {"verb": "train", "project": world.project, "started_at": timezone.now()}
    Job.objects.bulk_create(Job(title=f"Run {n}", **started) for n in range(20))
    url = f"/projects/{world.project.pk}/reports/"
    page = as_user(world.editor).get(url).content.decode()
    assert "Only the newest runs" not in page
    Job.objects.create(title="One more", **started)
    page = as_user(world.editor).get(url).content.decode()
    assert "Only the newest runs" in page
    assert page.count("Write report<") == 20
