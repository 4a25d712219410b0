"""A button pressed twice without a script: what it starts is started once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run
from webapp.jobs.models import Job
from webapp.jobs.states import State

LogIn = Callable[[Any], Client]


def fields_of_form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with that action."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    assert form, f"no form leads to {action}"
    return dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))


@pytest.mark.parametrize("place", ["/runs/{run}/report/", "/projects/{project}/reports/"])
def test_a_report_is_written_once_for_each_time_its_button_was_drawn(
    world: World, as_user: LogIn, place: str
) -> None:
    run = make_run(world, 10, state=State.STOPPED, started_at="2026-01-01T00:00Z")
    client = as_user(world.editor)
    write = f"/runs/{run.pk}/report/write/"

    def drawn() -> dict[str, str]:
        page = client.get(place.format(run=run.pk, project=world.project.pk))
        return fields_of_form(page.content.decode(), write)

    first, second = drawn(), drawn()
    for fields in (first, first, second):
        client.post(write, fields)
    assert Job.objects.filter(verb="report").count() == 2


def test_a_small_run_starts_once_for_each_time_its_button_was_drawn(
    world: World, as_user: LogIn
) -> None:
    client, text = as_user(world.editor), world.documents
    start = f"/projects/{world.project.pk}/small-run/"
    for place in (f"/projects/{world.project.pk}/corpora/", f"/documents/{text.pk}/"):
        fields = fields_of_form(client.get(place).content.decode(), start)
        assert fields["text"] == str(text.pk)
        for _ in range(2):
            client.post(start, fields)
    assert Job.objects.filter(verb="train").count() == 2
