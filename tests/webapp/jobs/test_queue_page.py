"""The queue page: three lists with reasons, buttons by role, a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.webapp.factories import World, make_job, make_project
from webapp.jobs.models import Job, Machine
from webapp.jobs.states import State
from webapp.jobs.supervision.machine import beat, queue_seen

LogIn = Callable[[Any], Client]


def page(world: World) -> str:
    return f"/projects/{world.project.pk}/queue/"


def test_an_empty_queue_says_so(world: World, as_user: LogIn) -> None:
    text = as_user(world.viewer).get(page(world)).content.decode()
    assert "Nothing was queued yet" in text
    assert "?version=" not in text
    assert f"<span>v{settings.VERSION}</span>" in text


def test_every_job_stands_in_its_list_with_its_reason(world: World, as_user: LogIn) -> None:
    make_job(world.project, title="Sleeper", state=State.RUNNING, reason_code="running")
    make_job(world.project, title="Patient", state=State.WAITING)
    data = {"message": "Row 7 is torn."}
    make_job(
        world.project, title="Broken", state=State.FAILED, reason_code="data", reason_data=data,
        advice="Mend row 7.",
    )  # fmt: skip
    make_job(make_project(world.stranger, "Elsewhere 2"), title="Foreign")
    text = as_user(world.viewer).get(page(world)).content.decode()
    assert text.index("Sleeper") < text.index("Patient") < text.index("Broken")
    assert "The data could not be used: Row 7 is torn." in text
    assert "Mend row 7." in text
    assert "Foreign" not in text
    assert "1 job of another project" in text


def test_only_editors_get_buttons(world: World, as_user: LogIn) -> None:
    make_job(world.project, state=State.RUNNING)
    make_job(world.project, state=State.STOPPED)
    make_job(world.project)
    viewer = as_user(world.viewer).get(page(world)).content.decode()
    editor = as_user(world.editor).get(page(world)).content.decode()
    for action in ("stop", "pause", "resume", "cancel", "move"):
        assert f"/{action}/" not in viewer
        assert f"/{action}/" in editor


def test_a_button_does_it_and_comes_back(world: World, as_user: LogIn) -> None:
    job = make_job(world.project)
    client = as_user(world.editor)
    answer = client.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert answer.redirect_chain == [(page(world), 302)]
    assert "Was cancelled before it started." in answer.content.decode()
    answer = client.post(f"/jobs/{job.pk}/cancel/", {"next": "/projects/"}, follow=True)
    assert answer.redirect_chain == [("/projects/", 302)]
    assert "only a job that has not started is cancelled" in answer.content.decode()
    answer = client.post(f"/jobs/{job.pk}/resume/", {"next": "https://evil.example/"})
    assert answer["Location"] == page(world)


def test_moving_changes_the_order(world: World, as_user: LogIn) -> None:
    first, second = make_job(world.project), make_job(world.project)
    as_user(world.editor).post(f"/jobs/{second.pk}/move/", {"direction": "up"})
    ordered = Job.objects.order_by("position")
    assert list(ordered) == [second, first]


def test_an_unchanged_queue_is_not_sent_again(world: World, as_user: LogIn) -> None:
    job = make_job(world.project)
    client = as_user(world.viewer)
    headers = {"HX-Request": "true"}
    first = client.get(page(world), headers=headers)
    assert "<html" not in first.content.decode()
    version = first.context["version"]
    assert client.get(page(world), {"version": version}, headers=headers).status_code == 204
    make_job(world.project, title="Another")
    changed = client.get(page(world), {"version": version}, headers=headers)
    assert "Another" in changed.content.decode()
    assert job.title in changed.content.decode()


def machines_part(client: Client, world: World) -> str:
    """What the page asks for every few seconds, whatever the version of the lists."""
    headers = {"HX-Request": "true"}
    return client.get(page(world), {"part": "machines"}, headers=headers).content.decode()


def heard(supervisor_seconds: float, queue_seconds: float) -> None:
    """Signs of life that are so old; no job changes."""
    beat()
    now = timezone.now()
    Machine.objects.update(
        supervisor_seen_at=now - timedelta(seconds=supervisor_seconds),
        queue_seen_at=now - timedelta(seconds=queue_seconds),
    )


def test_a_supervisor_that_falls_silent_is_told_though_no_job_changes(
    world: World, as_user: LogIn
) -> None:
    client = as_user(world.viewer)
    heard(supervisor_seconds=12, queue_seconds=12)
    whole = client.get(page(world)).content.decode()
    assert "?part=machines" in whole
    assert "has not been heard" not in whole
    heard(supervisor_seconds=18, queue_seconds=1)
    text = machines_part(client, world)
    assert "<html" not in text
    assert "has not been heard for 18 s." in text
    assert "The supervisor of" in text
    assert "The queue of" not in text
    heard(supervisor_seconds=1, queue_seconds=300)
    text = machines_part(client, world)
    assert "The queue of" in text
    assert "has not been heard for 5 min." in text
    assert "The supervisor of" not in text


def test_a_machine_of_which_only_one_service_was_ever_heard_says_so(
    world: World, as_user: LogIn
) -> None:
    queue_seen()
    assert "The supervisor of" in machines_part(as_user(world.viewer), world)
    assert "has not been heard yet." in machines_part(as_user(world.viewer), world)


def test_the_lists_come_without_the_machines(world: World, as_user: LogIn) -> None:
    beat()
    lists = as_user(world.viewer).get(page(world), headers={"HX-Request": "true"})
    assert "machines" not in lists.content.decode()


def test_the_page_costs_the_same_whatever_its_length(
    world: World, as_user: LogIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(world.editor)
    for state in (State.RUNNING, State.WAITING, State.FINISHED):
        for _ in range(8):
            make_job(world.project, world.editor, state=state)
    with django_assert_num_queries(13):
        client.get(page(world))
