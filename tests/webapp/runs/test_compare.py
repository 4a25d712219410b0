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
from webapp.runs.compare import chosen_runs, sides_of
from webapp.runs.config_diff import differences
from webapp.runs.measures import measures_of


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
    # By line and by dashes: two runs can be told apart without colour.
    assert "plot-2 plot-dash-1" in page
    ended = [make_run(world, 5, state=state) for state in (State.STOPPED, State.PAUSED)]
    assert "hx-get" not in text_of(client, compare_url(world, ended))
    text_of(client, compare_url(world, runs) + "&x=tokens&log=1&smooth=0.9&minus=1&zoom=10~50")


def test_eight_runs_fit_the_page_and_the_queries_stay_few(
    client: Client, world: World, runs: list[Job], django_assert_max_num_queries: Any
) -> None:
    more = [make_run(world, 60, state=State.FINISHED, spec=spec(n)) for n in range(6)]
    with django_assert_max_num_queries(14):
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


def test_the_numbers_alone_are_asked_for_again_until_no_run_goes_on(
    client: Client, world: World, runs: list[Job]
) -> None:
    url = compare_url(world, runs[:2])
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="table-frame" id="compare-numbers"')
    assert "data-goes-on" in part
    runs[1].state = State.FINISHED
    runs[1].save()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "compare-numbers" in part
    assert "data-goes-on" not in part
    runs[1].delete()
    answer = client.get(url, headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"


def test_a_run_without_a_point_gets_its_lines_once_it_has_some(
    world: World, runs: list[Job], client: Client
) -> None:
    page = text_of(client, compare_url(world, [runs[0], runs[2]]))
    assert page.count("1:train/loss") == 1
    assert "Nothing to draw yet" in text_of(
        client, compare_url(world, [runs[2], make_run(world, 0, state=State.QUEUED)])
    )


def test_any_of_the_runs_can_be_made_the_baseline(
    client: Client, world: World, runs: list[Job]
) -> None:
    url = compare_url(world, runs) + "&x=tokens"
    assert text_of(client, url).count("make baseline") == 2
    second = str(runs[1].pk)
    page = text_of(client, f"{url}&first={second}")
    assert page.index(f'/runs/{second}/"') < page.index(">baseline<") < page.index("make baseline")
    assert f'form="baseline" name="first" value="{second}"' not in page
    assert "0:train/loss" in text_of(client, f"{url}&first=<script>")


def test_what_is_left_out_is_said(client: Client, world: World, runs: list[Job]) -> None:
    url = compare_url(world, runs)
    assert "not in this project" not in text_of(client, url)
    assert "One of the runs named is not in this project" in text_of(
        client, f"{url},{uuid.uuid4()}"
    )
    assert "2 of the runs named are not" in text_of(client, f"{url},x,{uuid.uuid4()}")
    assert "list of runs</a>" not in text_of(client, url)
    for _ in range(16):
        Job.objects.create(project=world.project, verb="train", title="Newer", spec={})
    page = text_of(client, url)
    assert "list of runs</a>" in page
    # Those chosen stay chosen, however many newer ones there are.
    assert all(f'value="{job.pk}" checked' in page for job in runs)


def test_a_value_that_differs_from_the_baseline_is_marked(
    client: Client, world: World, runs: list[Job]
) -> None:
    page = text_of(client, compare_url(world, runs))
    assert '<td><code>0.1</code></td><td class="is-changed"><code>0.2</code></td>' in page


def test_forms_without_script_keep_every_run_that_was_chosen(
    client: Client, world: World, runs: list[Job]
) -> None:
    chosen = "&".join(f"run={job.pk}" for job in runs)
    page = text_of(client, f"/projects/{world.project.pk}/runs/compare/?{chosen}")
    for job in runs:
        # Of the smoothing, of the charts' boxes, of the baseline; its own box is the fourth.
        assert page.count(f'name="run" value="{job.pk}"') == 4


def test_a_pseudo_perplexity_is_never_held_against_a_perplexity(world: World) -> None:
    named = [spec(0.1, objective="causal"), spec(0.1, objective="masked", masked={})]
    made = [make_run(world, 60, state=State.FINISHED, spec=one) for one in named]
    rows = {str(one.label): [c.text for c in one.cells] for one in measures_of(sides_of(made))}
    assert rows["Best perplexity"][1] == rows["Best pseudo-perplexity"][0] == "–"
    assert rows["Best perplexity"][0] == rows["Best pseudo-perplexity"][1] != "–"
