"""Comparing runs: numbers against the baseline, differing settings, any lengths, bad addresses."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World, make_project
from tests.webapp.runs.test_pages import make_run, text_of
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.runs.compare import chosen_runs, measures_of, sides_of
from webapp.runs.config_diff import differences


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


def spec(rate: float, **more: Any) -> dict[str, Any]:
    return {"seed": 1, "optimizer": {"learning_rate": rate, "beta": 0.9}, **more}


@pytest.fixture
def runs(world: World) -> list[Job]:
    """Of 100 and 60 steps, and one that has not started."""
    return [
        make_run(world, 100, state=State.FINISHED, spec=spec(0.1)),
        make_run(world, 60, state=State.RUNNING, spec=spec(0.2, num_steps=60)),
        make_run(world, 0, state=State.WAITING, spec=spec(0.1)),
    ]


def compare_url(world: World, jobs: list[Job]) -> str:
    ids = ",".join(str(job.pk) for job in jobs)
    return f"/projects/{world.project.pk}/runs/compare/?runs={ids}"


def test_numbers_stand_against_the_first_run_also_at_the_same_tokens(runs: list[Job]) -> None:
    measures = {str(one.label): one.cells for one in measures_of(sides_of(runs))}
    best = measures["Best validation loss"]
    assert float(best[1].text) > float(best[0].text)
    assert best[1].delta == f"+{float(best[1].text) - float(best[0].text):.4f}"
    assert (best[1].tone, best[2].text) == ("bad", "–")
    same = next(cells for label, cells in measures.items() if label.startswith("Training loss at"))
    # Both runs follow the same curve, so at the same tokens they are equal.
    assert same[0].text == same[1].text
    assert same[1].delta == "±0"
    assert measures["Tokens"][1].delta == "−40.0 %"


def test_settings_that_differ_are_grouped_and_the_others_left_out() -> None:
    found = differences([spec(0.1), spec(0.2, deep={"a": {"b": [1]}}), spec(0.1)])
    assert {group: [one.key for one in rows] for group, rows in found.items()} == {
        "deep": ["a.b"],
        "optimizer": ["learning_rate"],
    }
    rate = found["optimizer"][0]
    assert rate.values == ["0.1", "0.2", "0.1"]
    assert rate.is_changed == [False, True, False]
    assert found["deep"][0].values == ["–", "[1]", "–"]
    assert differences([spec(1), spec(1)]) == {}


def test_the_page_shows_charts_table_and_settings(
    client: Client, world: World, runs: list[Job]
) -> None:
    page = text_of(client, compare_url(world, runs))
    assert page.count('<svg class="plot"') >= 6
    assert "learning_rate" in page
    assert "charts follow the runs that go on" in page
    assert len(page.encode()) < 60_000
    assert "charts follow" not in text_of(client, compare_url(world, [runs[0], runs[2]]))
    text_of(client, compare_url(world, runs) + "&x=tokens&log=1&smooth=0.9&minus=1&zoom=10~50")


def test_eight_runs_fit_the_page_and_the_queries_stay_few(
    client: Client, world: World, runs: list[Job], django_assert_max_num_queries: Any
) -> None:
    more = [make_run(world, 60, state=State.FINISHED, spec=spec(n)) for n in range(6)]
    with django_assert_max_num_queries(7):
        page = text_of(client, compare_url(world, [*runs[:2], *more]))
    assert len(page.encode()) < 60_000


def test_too_few_too_many_and_strange_ids_are_told(
    client: Client, world: World, runs: list[Job]
) -> None:
    base = f"/projects/{world.project.pk}/runs/compare/"
    assert "Choose runs" in text_of(client, base)
    assert "at least two runs" in text_of(client, f"{base}?runs={runs[0].pk}")
    assert "at least two runs" in text_of(client, f"{base}?runs=x,y,../../etc,<script>")
    many = ",".join(str(uuid.uuid4()) for _ in range(9))
    assert "at most 8 runs" in text_of(client, f"{base}?runs={many}")
    with pytest.raises(ApplicationError):
        chosen_runs([], [uuid.uuid4()])


def test_a_run_of_another_project_is_none_of_this_one(
    client: Client, world: World, runs: list[Job]
) -> None:
    other = Job.objects.create(
        project=make_project(world.stranger, "Other"), verb="train", title="Secret", spec={}
    )
    assert "Secret" not in text_of(client, compare_url(world, [runs[0], runs[1], other]))
    assert "at least two runs" in text_of(client, compare_url(world, [runs[0], other]))


def test_the_api_compares(client: Client, world: World, runs: list[Job]) -> None:
    url = f"/api/v1/projects/{world.project.pk}/compare/"
    ids = f"{runs[0].pk},{runs[1].pk}"
    answer = client.get(url, {"runs": ids}).json()
    assert answer["runs"] == ids.split(",")
    assert {"group": "optimizer", "key": "learning_rate", "values": ["0.1", "0.2"]} in answer[
        "settings"
    ]
    assert client.get(url, {"runs": "x"}).status_code == 400
    assert client.get(url).status_code == 400
