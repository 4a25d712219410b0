"""A damaged folder: whatever one byte of it becomes, pages and live messages say what is left."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run, text_of
from training.events import EventKind, EventWriter
from training.folder.layout import JobFolder
from webapp.jobs.progress import last_progress
from webapp.jobs.states import State
from webapp.runs.live.messages import Delta, dumps
from webapp.runs.live.position import Position, end_position
from webapp.runs.live.reading import read_delta
from webapp.runs.live.sentences import told
from webapp.runs.story import read_story
from webapp.runs.templatetags.runs import clock

#: Signs that change a number, its kind, or where a text ends.
SIGNS = b'e9"\n\xff'


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """One event of each kind that carries numbers."""
    folder = JobFolder(tmp_path)
    events = EventWriter(folder.events)
    events.write(EventKind.PROGRESS, done=10, total=50, unit="steps", eta_seconds=2.5, num_tokens=9)
    events.write(EventKind.SAMPLE, step=10, prompt="The", text="end")
    events.write(EventKind.VALIDATION, step=10, loss=2.25)
    events.write(EventKind.CHECKPOINT, step=10, num_bytes=1_234_567)
    events.close()
    return folder


def shown(folder: JobFolder) -> None:
    """Everything that pages and sockets make of events."""
    story = read_story(folder, end_position(folder), 60)
    for event in story.events:
        told(event)
        clock(event["time"])
    progress = story.progress or last_progress(folder)
    assert progress is None or isinstance(progress.percent, int)
    events = [told(event) for event in read_delta(folder, Position()).events]
    dumps(Delta(type="delta", to={}, series={}, events=events, log=""))


def test_no_byte_of_an_event_file_can_take_a_page_down(folder: JobFolder) -> None:
    whole = folder.events.read_bytes()
    for place in range(len(whole)):
        for sign in SIGNS:
            folder.events.write_bytes(whole[:place] + bytes([sign]) + whole[place + 1 :])
            shown(folder)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"kind":"validation"', b'"kind":"validation\x00'),
        (b'"time":1', b'"time":1e999,"t":1'),
        (b'"step":50', b'"sTep":50'),
    ],
    ids=["no JSON", "endless time", "no step"],
)
def test_the_page_of_a_run_with_a_damaged_line_shows_all_the_others(
    client: Client, world: World, before: bytes, after: bytes
) -> None:
    job = make_run(world, state=State.RUNNING)
    events = job.folder.events.read_bytes()
    assert before in events
    job.folder.events.write_bytes(events.replace(before, after, 1))
    client.force_login(world.viewer)
    for path in ("", "events/", "log/"):
        page = text_of(client, f"/runs/{job.pk}/{path}")
        assert "60 of 60 steps" in page
        assert path == "log/" or "Saved and stopped at step 60." in page
    answer = client.get(f"/api/v1/jobs/{job.pk}/live/", {"cursors": "{}"})
    assert answer.status_code == 200


def test_a_damaged_line_is_told_where_it_stands(folder: JobFolder) -> None:
    lines = folder.events.read_bytes().splitlines(keepends=True)
    folder.events.write_bytes(b"".join([*lines[:2], b"\x00 garbage\n", *lines[2:]]))
    events = read_story(folder, end_position(folder), 60).events
    assert [event["kind"] for event in events] == ["sample", "warning", "validation", "checkpoint"]
    assert "damaged" in told(events[1])["sentence"]
    assert events[1]["time"] == events[0]["time"]


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bytes_in_metrics_and_log_leave_the_page_standing(
    client: Client, world: World, seed: int
) -> None:
    job = make_run(world, state=State.RUNNING)
    dice = random.Random(seed)
    files = [
        *job.folder.metrics.glob("*.series"),
        job.folder.metrics / "index.jsonl",
        job.folder.log,
    ]
    for path in files:
        data = bytearray(path.read_bytes())
        for _ in range(4):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
    client.force_login(world.viewer)
    assert "60 of 60 steps" in text_of(client, f"/runs/{job.pk}/?x=time")
    text_of(client, f"/projects/{world.project.pk}/runs/")
    text_of(client, f"/projects/{world.project.pk}/")
    assert client.get(f"/api/v1/jobs/{job.pk}/live/").status_code == 200
