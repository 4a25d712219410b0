"""Nothing is lost live: 20 sockets, web killed and restarted, run killed and resumed.

Half of them count records from the first one on; the others begin as a page does, with a snapshot.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.webapp.runs.clients import (
    PAGE_BUCKETS,
    LiveClient,
    PageClient,
    surviving,
    written,
)
from tests.webapp.runs.serving import ROOT, WebProcess, seed
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from webapp.runs.live.messages import MAX_BUCKETS

NUM_STEPS = 700
#: Validation, the last series to appear, has begun.
NUM_FIRST_STEPS = 50
_SECONDS = 60


def test_every_generation_and_step_arrives_once_at_each_of_twenty_sockets(tmp_path: Path) -> None:
    home = tmp_path / "home"
    seeded = seed(home, num_users=3)
    folder = JobFolder(home / "jobs" / seeded["job"])
    web = WebProcess(home)
    web.start()
    clients = clients_of(web, seeded)
    try:
        asyncio.run(_watch(web, folder, clients))
    finally:
        web.stop()
    points = written(folder)
    assert {generation for _, generation, _ in points} == {0, 1, 2}
    for client in clients:
        assert client.num_connections >= 2
        assert set(client.events.values()) == {1}
        assert client.log == folder.log.read_text()
        if isinstance(client, PageClient):
            assert client.curves == surviving(folder)
        else:
            assert client.points == points
        if client.buckets == PAGE_BUCKETS:
            assert client.num_in_snapshots >= NUM_FIRST_STEPS


def clients_of(web: WebProcess, seeded: dict[str, Any]) -> list[LiveClient]:
    """Ten that count, six that begin with a snapshot, four that keep curves."""
    sessions, job = seeded["sessions"], seeded["job"]
    clients: list[LiveClient] = []
    for number in range(20):
        session = sessions[number % len(sessions)]
        if number < 10:
            clients.append(LiveClient(web.port, job, session))
        elif number < 16:
            clients.append(LiveClient(web.port, job, session, buckets=PAGE_BUCKETS))
        else:
            clients.append(PageClient(web.port, job, session, buckets=MAX_BUCKETS))
    return clients


async def _watch(web: WebProcess, folder: JobFolder, clients: list[LiveClient]) -> None:
    done = asyncio.Event()
    followers: list[asyncio.Task[None]] = []
    for _ in range(2):
        before = _saved_step(folder)
        trainer = _start_trainer(folder)
        await _reaches(folder, before + NUM_FIRST_STEPS)
        followers = followers or [asyncio.create_task(client.run(done)) for client in clients]
        await _reaches(folder, before + 3 * NUM_FIRST_STEPS)
        await asyncio.to_thread(web.kill)
        await asyncio.sleep(0.5)
        trainer.kill()
        trainer.wait()
        await asyncio.to_thread(web.start)
    trainer = _start_trainer(folder)
    await asyncio.to_thread(trainer.wait)
    await _settled(clients, folder)
    done.set()
    await asyncio.gather(*followers)


async def _reaches(folder: JobFolder, step: int) -> None:
    """Wait until the run has saved at ``step`` or later."""
    async with asyncio.timeout(_SECONDS):
        while _saved_step(folder) < step:
            await asyncio.sleep(0.05)


async def _settled(clients: list[LiveClient], folder: JobFolder) -> None:
    """Wait until every client has as much as there is."""
    num_written = sum(written(folder).values())
    curves = surviving(folder)
    for _ in range(10 * _SECONDS):
        if all(
            client.curves == curves
            if isinstance(client, PageClient)
            else sum(client.points.values()) >= num_written
            for client in clients
        ):
            break
        await asyncio.sleep(0.1)
    # And a little longer: what comes twice must show.
    await asyncio.sleep(1)


def _saved_step(folder: JobFolder) -> int:
    saved = read_json(folder.root / "saved.json")
    return int(saved["step"]) if saved else 0


def _start_trainer(folder: JobFolder) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.webapp.runs.synthetic", str(folder.root)]
    command += ["--steps", str(NUM_STEPS), "--rate", "80"]
    return subprocess.Popen(command, cwd=ROOT)
