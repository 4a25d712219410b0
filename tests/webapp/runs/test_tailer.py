"""The tailer of a job whose folder fails, and what clients can make it keep."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from tests.webapp.factories import World
from tests.webapp.runs.in_process import Socket, scope_of
from tests.webapp.runs.synthetic import Run
from training.events import EventKind, EventWriter
from training.folder.layout import JobFolder
from webapp.asgi import application
from webapp.jobs.models import Job
from webapp.runs.consumers import CLOSE_FAULT, MAX_SUBSCRIPTIONS
from webapp.runs.live import sockets
from webapp.runs.live.faults import FolderFaultError
from webapp.runs.live.snapshots import KEEP_SECONDS, Snapshots
from webapp.runs.live.tailer import Audience, Tailer
from webapp.runs.live.watchers import watchers

ALL = Audience(None, "en")


@pytest.fixture
def job(tmp_path: Path, settings: Any) -> Job:
    """A row that is in no database, whose folder is there."""
    settings.TRAINYARD_HOME = tmp_path
    job = Job(verb="train", title="A run", state="running", state_since=timezone.now())
    job.folder.root.mkdir(parents=True)
    return job


def break_folder(folder: JobFolder) -> None:
    """Reading its events fails, as on a disk at fault."""
    folder.events.mkdir(parents=True)


async def next_text(tailer: Tailer, reader: Any) -> str:
    await asyncio.wait_for(reader.wake.wait(), 10)
    reader.wake.clear()
    return await tailer.next_text(reader)


def test_a_folder_that_cannot_be_read_is_said_at_once_and_followed_when_it_can(job: Job) -> None:
    break_folder(job.folder)

    async def watch() -> str:
        tailer = Tailer(job)
        tailer.start()
        try:
            with pytest.raises(FolderFaultError, match="IsADirectoryError"):
                await asyncio.wait_for(tailer.join(ALL, None, 0), 5)
            job.folder.events.rmdir()
            reader, _ = await asyncio.wait_for(tailer.join(ALL, None, 0), 5)
            await next_text(tailer, reader)
            EventWriter(job.folder.events).write(EventKind.NOTE, message="It is back.")
            return await next_text(tailer, reader)
        finally:
            tailer.stop()

    assert "It is back." in asyncio.run(watch())


def test_a_folder_that_breaks_while_it_is_watched_is_followed_again_afterwards(job: Job) -> None:
    async def watch() -> str:
        tailer = Tailer(job)
        tailer.start()
        try:
            reader, _ = await asyncio.wait_for(tailer.join(ALL, None, 0), 5)
            await next_text(tailer, reader)
            break_folder(job.folder)
            await asyncio.sleep(1)
            job.folder.events.rmdir()
            EventWriter(job.folder.events).write(EventKind.NOTE, message="It is back.")
            return await next_text(tailer, reader)
        finally:
            tailer.stop()

    assert "It is back." in asyncio.run(watch())


@pytest.mark.django_db(transaction=True)
def test_the_socket_of_a_broken_folder_is_closed_to_come_again_and_leaves_nothing_running(
    world: World,
) -> None:
    break_folder(world.job.folder)
    client = Client()
    client.force_login(world.viewer)

    @async_to_sync
    async def attempt() -> tuple[int | None, int, set[str]]:
        socket = Socket(f"/ws/jobs/{world.job.pk}/", client.cookies)
        assert await socket.open()
        await socket.say(type="subscribe", series=None, buckets=10, position={})
        assert await socket.hear() is None
        await socket.leave()
        await asyncio.sleep(0.1)
        left = {task.get_name() for task in asyncio.all_tasks()} - {"Task-1"}
        return socket.code, watchers().num_watched, {name for name in left if " " in name}

    assert attempt() == (CLOSE_FAULT, 0, set())


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_goes_while_it_is_answered_leaves_nothing_running(world: World) -> None:
    client = Client()
    client.force_login(world.viewer)
    scope = scope_of(f"/ws/jobs/{world.job.pk}/", client.cookies)
    coming: list[dict[str, Any]] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": '{"type": "ping"}'},
    ]

    async def receive() -> dict[str, Any]:
        # A server whose client is gone has nothing more to say of it for a while.
        return coming.pop(0) if coming else await asyncio.sleep(60, {})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            raise OSError("the browser has gone")

    @async_to_sync
    async def attempt() -> tuple[int, int]:
        with pytest.raises(OSError, match="has gone"):
            await application(scope, receive, send)
        return watchers().num_watched, sockets.num_open(world.viewer.pk)

    assert attempt() == (0, 0)


def test_snapshots_of_ever_other_sizes_are_forgotten_after_a_second(job: Job) -> None:
    run = Run(job.folder, 40, 25)
    while run.step < 40:
        run.advance()
    run.close(EventKind.STOPPED)

    async def ask() -> list[int]:
        snapshots, kept = Snapshots(job.folder), []
        for buckets in range(1, 30):
            await snapshots.of(None, buckets)
            await asyncio.sleep(2 * KEEP_SECONDS / 30)
            kept.append(len(snapshots))
        return kept

    kept = asyncio.run(ask())
    assert max(kept) <= 20


def test_the_same_snapshot_is_read_once_for_many(job: Job) -> None:
    Run(job.folder, 5, 5).close(EventKind.STOPPED)

    async def ask() -> bool:
        snapshots = Snapshots(job.folder)
        first, again = await snapshots.of(None, 10), await snapshots.of(None, 10)
        return first is again

    assert asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
def test_a_socket_that_subscribes_without_end_is_served_at_the_pace_of_a_page(
    world: World,
) -> None:
    run = Run(world.job.folder, 20, 5)
    while run.step < 20:
        run.advance()
    run.close(EventKind.STOPPED)
    client = Client()
    client.force_login(world.viewer)

    @async_to_sync
    async def flood() -> int:
        socket = Socket(f"/ws/jobs/{world.job.pk}/", client.cookies)
        assert await socket.open()
        for buckets in range(1, 200):
            await socket.say(type="subscribe", series=None, buckets=buckets, position={})
        num_snapshots = 0
        try:
            async with asyncio.timeout(3):
                while message := await socket.hear():
                    num_snapshots += message["type"] == "snapshot"
        except TimeoutError:
            pass
        await socket.end()
        return num_snapshots

    assert 1 <= flood() <= MAX_SUBSCRIPTIONS
