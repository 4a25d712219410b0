"""Empty, partial, error and stale: what run pages say when nothing, or not all, can be shown."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run, text_of
from training.folder.records import RECORD, map_records
from webapp.jobs.states import State

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.editor)
    return client


def test_a_list_whose_last_run_has_gone_on_says_so_also_to_htmx(
    client: Client, world: World
) -> None:
    url = f"/projects/{world.project.pk}/runs/"
    assert "No runs yet" in client.get(url, headers=HTMX).content.decode()
    make_run(world, 0, state=State.FINISHED)
    part = client.get(f"{url}?state=active", headers=HTMX).content.decode()
    assert "No run in this state" in part
    assert "<table" not in part


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.WAITING, "Not started yet"),
        (State.RUNNING, "Step 1 is expected within a minute"),
        (State.STOPPED, "This run ended before its first step"),
        (State.FAILED, "This run failed"),
        (State.LOST, "This run was lost"),
    ],
)
def test_a_run_without_a_point_says_why(
    client: Client, world: World, state: State, words: str
) -> None:
    job = make_run(world, 0, state=state)
    page = text_of(client, f"/runs/{job.pk}/")
    assert words in page
    assert "No line has been written yet." in page
    assert "Nothing has happened yet." in page


def test_a_run_whose_points_stay_away_says_since_when(client: Client, world: World) -> None:
    job = make_run(world, 20, state=State.RUNNING)
    assert "data-stale hidden" in text_of(client, f"/runs/{job.pk}/")
    for path in job.folder.metrics.glob("*.series"):
        records = map_records(path).astype(RECORD)
        records["time"] = time.time() - 180
        records.tofile(path)
    page = text_of(client, f"/runs/{job.pk}/")
    assert "data-stale hidden" not in page
    assert "Last point before 3 min" in page
    job.state = State.STOPPED
    job.save()
    assert "data-stale hidden" in text_of(client, f"/runs/{job.pk}/")


def test_a_log_that_is_not_shown_whole_says_so(client: Client, world: World) -> None:
    job = make_run(world, 20, state=State.RUNNING)
    assert "the whole log has more" not in text_of(client, f"/runs/{job.pk}/log/")
    with job.folder.log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(300))
    assert "The last 200 lines; the whole log has more." in text_of(client, f"/runs/{job.pk}/log/")


def test_a_home_page_that_shows_only_some_of_what_runs_says_so(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    url = f"/projects/{world.project.pk}/"
    more = "There are more: show all in the queue"
    for state in [State.RUNNING] * 12 + [State.FAILED] * 4:
        make_run(world, 0, state=state)
    assert more not in text_of(client, url)
    make_run(world, 0, state=State.FAILED)
    assert text_of(client, url).count(more) == 1
    make_run(world, 0, state=State.RUNNING)
    with django_assert_max_num_queries(12):
        assert text_of(client, url).count(more) == 2
