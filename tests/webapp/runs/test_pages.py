"""Pages and API of runs: what they show in each state, what they cost, the one-button run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.synthetic import Run
from training.events import EventKind, EventWriter
from webapp.jobs.models import Job, JobDependency, OnFailure
from webapp.jobs.states import State
from webapp.runs.chart_table import CHARTS
from webapp.runs.chart_view import View
from webapp.runs.charts import lines_of
from webapp.runs.curves import started_at
from webapp.runs.live.messages import Curve
from webapp.runs.live.position import end_position
from webapp.runs.story import read_story


def make_run(world: World, num_steps: int = 60, **columns: Any) -> Job:
    """A train job with a folder as the loop leaves it."""
    job = Job.objects.create(project=world.project, verb="train", title="A run", **columns)
    if num_steps:
        run = Run(job.folder, num_steps, 25)
        while run.step < num_steps:
            run.advance()
        run.close(EventKind.STOPPED)
    return job


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.editor)
    return client


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_run_page_shows_numbers_charts_events_and_log_before_any_script(
    client: Client, world: World
) -> None:
    job = make_run(world, state=State.RUNNING)
    page = text_of(client, f"/runs/{job.pk}/")
    assert page.count('<svg class="plot"') == 6
    assert "Validation at step 50: loss" in page
    assert "step 60/60 loss" in page
    assert "60 of 60 steps" in page
    assert len(page.encode()) < 60_000
    position = json.loads(re.search(r'data-position="([^"]+)"', page)[1].replace("&quot;", '"'))
    assert position["log"] == job.folder.log.stat().st_size


def test_a_run_without_points_says_what_it_waits_for(client: Client, world: World) -> None:
    waiting = make_run(world, 0, state=State.WAITING, reason_code="created")
    assert "Waits for its turn." in text_of(client, f"/runs/{waiting.pk}/")
    running = make_run(world, 0, state=State.RUNNING)
    assert "Step 1 is expected within a minute" in text_of(client, f"/runs/{running.pk}/")


def test_a_failed_run_says_why_what_to_do_and_offers_the_changed_clone(
    client: Client, world: World
) -> None:
    job = make_run(
        world,
        state=State.FAILED,
        reason_code="not_finite",
        reason_data={"message": "Step 60 gave loss nan."},
        advice="Lower the learning rate.",
        spec={"optimizer": {"learning_rate": 0.01}},
    )
    page = text_of(client, f"/runs/{job.pk}/")
    assert "Step 60 gave loss nan." in page
    assert "Lower the learning rate." in page
    assert "Clone with half the learning rate (0.005)" in page
    assert str(job.pk) in page


def test_the_address_chooses_the_axis_and_unknown_values_fall_back(
    client: Client, world: World
) -> None:
    job = make_run(world, state=State.RUNNING)
    page = text_of(client, f"/runs/{job.pk}/?x=tokens&log=1")
    assert 'data-x="tokens" data-log="1"' in page
    assert ">Tokens</text>" in page
    assert 'data-x="step" data-log="0"' in text_of(client, f"/runs/{job.pk}/?x=nonsense&log=7")


def test_a_title_with_markup_stays_text(client: Client, world: World) -> None:
    job = make_run(world, 0)
    client.post(f"/runs/{job.pk}/rename/", {"title": "<script>alert(1)</script>"})
    page = text_of(client, f"/runs/{job.pk}/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_torn_and_damaged_folder_still_has_a_page(client: Client, world: World) -> None:
    job = make_run(world, state=State.LOST)
    with job.folder.events.open("ab") as file:
        file.write(b'{"seq": 99, "kind": "progre')
    with (job.folder.metrics / "0001.series").open("ab") as file:
        file.write(b"torn")
    assert "This run was lost" in text_of(client, f"/runs/{job.pk}/")


@pytest.mark.parametrize(
    "path", ["/runs/{}/", "/runs/{}/log/", "/runs/{}/events/", "/runs/{}/settings/"]
)
def test_a_tab_costs_few_queries(
    client: Client, world: World, path: str, django_assert_max_num_queries: Any
) -> None:
    job = make_run(world, 10, state=State.RUNNING)
    with django_assert_max_num_queries(5):
        assert client.get(path.format(job.pk)).status_code == 200


def test_the_list_costs_the_same_for_one_run_and_for_twenty(
    client: Client, world: World, django_assert_num_queries: Any
) -> None:
    make_run(world, 30, state=State.FINISHED)
    url = f"/projects/{world.project.pk}/runs/"
    with django_assert_num_queries(6):
        client.get(url)
    for _ in range(20):
        make_run(world, 0, state=State.FINISHED)
    with django_assert_num_queries(6):
        assert client.get(url).status_code == 200


def test_the_list_asks_again_only_while_something_runs(client: Client, world: World) -> None:
    url = f"/projects/{world.project.pk}/runs/"
    make_run(world, 0, state=State.FINISHED)
    assert "hx-get" not in text_of(client, url)
    make_run(world, 0, state=State.RUNNING)
    assert "hx-get" in text_of(client, url)


def test_the_list_can_be_narrowed_to_a_state(client: Client, world: World) -> None:
    make_run(world, 0, state=State.FAILED)
    url = f"/projects/{world.project.pk}/runs/"
    assert "A run" in text_of(client, f"{url}?state=failed")
    assert "No run in this state" in text_of(client, f"{url}?state=finished")


def test_the_home_page_costs_a_fixed_number_of_queries(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    for state in (State.RUNNING, State.RUNNING, State.FAILED, State.FINISHED, State.WAITING):
        make_run(world, 20, state=state)
    with django_assert_max_num_queries(12):
        page = text_of(client, f"/projects/{world.project.pk}/")
    for words in ("Running now", "Needs attention", "Latest results", "Train now", "plot--spark"):
        assert words in page


def test_one_button_makes_a_chain_whose_report_waits_for_the_run(
    client: Client, world: World
) -> None:
    answer = client.post(
        f"/projects/{world.project.pk}/small-run/", {"key": "k1", "num_processes": "2"}
    )
    run = Job.objects.get(verb="train")
    assert answer.url == f"/runs/{run.pk}/"
    jobs = list(Job.objects.filter(group=run.group).order_by("position"))
    assert [job.verb for job in jobs] == [
        "extract", "clean", "tokenizer", "tokenize", "train", "report",
    ]  # fmt: skip
    assert run.num_processes == 2
    assert JobDependency.objects.get(job=jobs[-1]).on_failure == OnFailure.WAIT
    again = client.post(f"/projects/{world.project.pk}/small-run/", {"key": "k1"})
    assert again.url == answer.url
    assert Job.objects.count() == 6


def test_a_text_of_another_project_cannot_be_trained_on(client: Client, world: World) -> None:
    from webapp.jobs.models import Artifact
    from webapp.projects.models import Project

    other = Project.objects.create(name="Other")
    text = Artifact.objects.create(project=other, kind="documents", path="x")
    url = f"/api/v1/projects/{world.project.pk}/small-run/"
    answer = client.post(url, {"artifact": str(text.pk)}, content_type="application/json")
    assert answer.status_code == 404
    page = client.post(f"/projects/{world.project.pk}/small-run/", {"text": str(text.pk)})
    assert page.status_code == 400
    assert not Job.objects.exists()


def test_polling_gives_the_messages_of_the_socket(client: Client, world: World) -> None:
    job = make_run(world, state=State.RUNNING)
    url = f"/api/v1/jobs/{job.pk}/live/"
    snapshot, delta = client.get(url, {"buckets": 20}).json()["messages"]
    assert (snapshot["type"], delta["type"]) == ("snapshot", "delta")
    assert len(snapshot["series"]["train/loss"]["curve"]["x"]) == 20
    assert delta["series"] == {}
    assert delta["job"]["state"] == "running"
    position = {**delta["to"], "series": {**delta["to"]["series"], "train/loss": [0, 58]}}
    (more,) = client.get(url, {"cursors": json.dumps(position)}).json()["messages"]
    assert more["series"]["train/loss"][0]["step"] == [59, 60]


BAD_QUERIES = [
    {"cursors": "{"},
    {"cursors": "[" * 100_000},
    {"buckets": "-1"},
    {"buckets": "9e9"},
    {"buckets": "4001"},
    {"buckets": "0000000009999999"},
    {"buckets": "0" * 5_000 + "1"},
    {"buckets": "²"},
]


@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: str(query)[:40])
def test_a_poll_that_cannot_be_read_is_400_at_its_field(
    client: Client, world: World, query: dict[str, str]
) -> None:
    answer = client.get(f"/api/v1/jobs/{world.job.pk}/live/", query)
    assert answer.status_code == 400
    assert list(answer.json()["extra"]["fields"]) == list(query)


def test_nan_travels_as_text(client: Client, world: World) -> None:
    job = make_run(world, 220, state=State.RUNNING)
    answer = client.get(f"/api/v1/jobs/{job.pk}/live/", {"buckets": 4000})
    assert '"NaN"' in answer.content.decode()
    curve = answer.json()["messages"][0]["series"]["train/loss"]["curve"]
    assert curve["last"][210] == "NaN"
    assert max(float(value) for value in curve["last"] if value != "NaN") == 8.5


def test_what_happened_is_marked_in_the_drawings_before_any_script(
    client: Client, world: World
) -> None:
    job = make_run(world, 100, state=State.FAILED)
    events = EventWriter(job.folder.events)
    events.write(EventKind.WARNING, message="The disk is full")
    events.write(EventKind.PROGRESS, done=100, total=200, unit="steps")
    events.write(EventKind.FAILED, reason="not_finite", message="Loss is NaN")
    events.close()
    for query in ("", "?x=tokens", "?x=time", "?x=wall&log=1"):
        page = text_of(client, f"/runs/{job.pk}/{query}")
        saved = re.findall(r'plot-event-checkpoint" d="([^"]+)"', page)
        assert len(saved) == 6
        assert {path.count("M") for path in saved} == {4}
        assert page.count("plot-event-failed") == page.count("plot-event-warning") == 6


def test_a_run_that_passes_midnight_goes_on_to_the_right() -> None:
    view = View(x="wall")
    midnight = 1_790_000_000 // 86_400 * 86_400
    first = Curve(x=[1, 2], time=[midnight - 3600, midnight + 3600], last=[2.0, 1.0])
    second = Curve(x=[2], time=[midnight + 3600], last=[1.5])
    curves = {"train/loss": first, "validation/loss": second}
    chart = CHARTS[0]
    found = [
        line.x
        for series, curve in zip(chart.series, (first, second), strict=True)
        for line in lines_of(chart, series, curve, curves, view, started_at(curves))
    ]
    assert found == [[23.0, 25.0], [25.0]]


def test_the_page_of_a_long_run_stays_small(client: Client, world: World) -> None:
    job = make_run(world, 4_000, state=State.STOPPED)
    for query in ("", "?smooth=0.8&x=tokens", "?x=wall&zoom=1~9999999999"):
        page = text_of(client, f"/runs/{job.pk}/{query}")
        assert "plot-band" in page
        # There is room left for the steps of a chain and for long samples.
        assert len(page.encode()) < 56_000
    assert "plot-event-checkpoint" in page


def test_a_failure_offers_what_can_help(client: Client, world: World) -> None:
    columns = {"state": State.FAILED, "reason_code": "data"}
    page = text_of(client, f"/runs/{make_run(world, 0, **columns).pk}/")
    assert "Start again with other settings" in page
    assert "Try again with the same settings" in page
    assert "from the last checkpoint" not in page
    job = make_run(world, 30, **columns)
    (job.folder.checkpoints / "step-00000025").mkdir(parents=True)
    assert "Resume from the last checkpoint" in text_of(client, f"/runs/{job.pk}/")


def test_many_checkpoints_hide_no_other_event_and_are_spread_over_the_run(world: World) -> None:
    job = Job.objects.create(project=world.project, verb="train", title="Many")
    events = EventWriter(job.folder.events)
    events.write(EventKind.RESUMED, step=1)
    for step in range(10, 2_010, 10):
        events.write(EventKind.CHECKPOINT, step=step, num_bytes=1)
    events.close()
    marks = read_story(job.folder, end_position(job.folder), 10).marks
    saved = [mark["step"] for mark in marks if mark["kind"] == "checkpoint"]
    assert [mark["step"] for mark in marks if mark["kind"] == "resumed"] == [1]
    assert len(saved) <= 30
    assert saved[0] <= 100
    assert saved[-1] == 2_000
