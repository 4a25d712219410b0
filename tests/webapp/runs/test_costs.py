"""What reading a run costs does not grow with the run: the bytes that this process reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run, text_of
from training.folder.records import RECORD
from training.folder.series import read_index, series_path
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.runs.live.position import end_position
from webapp.runs.story import read_story

_PROGRESS = b'{"seq":7,"time":1790000000.5,"generation":0,"kind":"progress","done":%d,"total":9}\n'


def bytes_read() -> int:
    """By this process from files, so far."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


@pytest.fixture
def old_run(world: World) -> Job:
    """With 40 MB of progress events between its first events and its last ones."""
    job = make_run(world, state=State.RUNNING)
    lines = job.folder.events.read_bytes().splitlines(keepends=True)
    middle = b"".join(_PROGRESS % number for number in range(5_000)) * 100
    job.folder.events.write_bytes(b"".join([*lines[:3], middle, *lines[3:]]))
    assert job.folder.events.stat().st_size > 40_000_000
    return job


def test_a_page_of_a_run_of_days_reads_the_end_of_its_events_once(
    client: Client, old_run: Job
) -> None:
    text_of(client, f"/runs/{old_run.pk}/")
    before = bytes_read()
    page = text_of(client, f"/runs/{old_run.pk}/")
    assert bytes_read() - before < 4_000_000
    assert "60 of 60 steps" in page
    assert "Saved and stopped at step 60." in page
    assert "Earlier events are not shown here" in text_of(client, f"/runs/{old_run.pk}/events/")


def test_a_run_whose_events_are_all_shown_says_nothing_of_earlier_ones(
    client: Client, world: World
) -> None:
    job = make_run(world, state=State.RUNNING)
    assert "Earlier events" not in text_of(client, f"/runs/{job.pk}/events/")


def test_the_newest_events_of_both_files_are_told_in_the_order_of_time(world: World) -> None:
    job = make_run(world, 0)
    job.folder.root.mkdir(parents=True)
    line = '{"seq":%d,"time":%d,"generation":0,"kind":"note","message":"%s"}\n'
    job.folder.events.write_text("".join(line % (n, 1000 + 2 * n, "verb") for n in range(50)))
    wrapper = "".join(line % (n, 1001 + 2 * n, "wrapper") for n in range(50))
    job.folder.wrapper_events.write_text(wrapper)
    story = read_story(job.folder, end_position(job.folder), 6)
    assert [event["message"] for event in story.events] == ["verb", "wrapper"] * 3
    assert story.events[-1]["time"] == 1099
    assert story.has_earlier


def test_events_behind_the_position_are_left_to_the_socket(world: World) -> None:
    job = make_run(world, 10)
    position = end_position(job.folder)
    with job.folder.events.open("a") as file:
        file.write('{"seq":99,"time":1790000000,"generation":0,"kind":"note","message":"later"}\n')
    kinds = [event["kind"] for event in read_story(job.folder, position, 60).events]
    assert kinds == ["started", "stopped"]


def test_samples_of_the_newest_step_are_shown_also_behind_many_other_events(world: World) -> None:
    job = make_run(world, 0)
    job.folder.root.mkdir(parents=True)
    row: dict[str, Any] = {"generation": 0, "time": 1790000000.0}
    kinds = [("sample", 10), ("sample", 20), ("sample", 20), *[("note", 0)] * 100]
    events = [{"seq": n, **row, "kind": kind, "step": step} for n, (kind, step) in enumerate(kinds)]
    text = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
    job.folder.events.write_text(text)
    story = read_story(job.folder, end_position(job.folder), 60)
    assert [event["seq"] for event in story.samples] == [1, 2]


def test_a_poll_of_a_long_run_reads_only_what_is_new(client: Client, world: World) -> None:
    job = make_run(world, state=State.RUNNING)
    series = series_path(job.folder.metrics, read_index(job.folder.metrics)["train/loss"])
    records = np.zeros(400_000, dtype=RECORD)
    records["step"] = np.arange(len(records))
    records.tofile(series)
    url = f"/api/v1/jobs/{job.pk}/live/"
    snapshot, delta = client.get(url).json()["messages"]
    assert snapshot["series"]["train/loss"]["num_records"] == len(records)
    before = bytes_read()
    (delta,) = client.get(url, {"cursors": json.dumps(delta["to"])}).json()["messages"]
    assert bytes_read() - before < 1_000_000
    assert delta["series"] == {}


def test_a_poll_sends_a_snapshot_of_the_missing_series_alone(client: Client, world: World) -> None:
    job = make_run(world, state=State.RUNNING)
    url = f"/api/v1/jobs/{job.pk}/live/"
    _, delta = client.get(url).json()["messages"]
    del delta["to"]["series"]["validation/loss"]
    snapshot, _ = client.get(url, {"cursors": json.dumps(delta["to"])}).json()["messages"]
    assert list(snapshot["series"]) == ["validation/loss"]
    (only,) = client.get(url, {"cursors": json.dumps(delta["to"]), "series": "train/loss"}).json()[
        "messages"
    ]
    assert only["type"] == "delta"
