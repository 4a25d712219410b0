"""Nothing is lost live: 20 sockets, web killed and restarted, run killed and resumed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.webapp.runs.clients import LiveClient
from tests.webapp.runs.serving import ROOT, WebProcess, seed
from training.folder.cursor import START, read_from
from training.folder.layout import JobFolder
from training.folder.series import read_index

NUM_SOCKETS = 20
NUM_STEPS = 700


def test_every_generation_and_step_arrives_once_at_each_of_twenty_sockets(tmp_path: Path) -> None:
    home = tmp_path / "home"
    seeded = seed(home, num_users=3)
    folder = JobFolder(home / "jobs" / seeded["job"])
    web = WebProcess(home)
    web.start()
    try:
        clients = asyncio.run(_watch(web, folder, seeded))
    finally:
        web.stop()
    written = _written(folder)
    generations = {generation for _, generation, _ in written}
    assert generations == {0, 1, 2}
    for client in clients:
        assert client.num_connections >= 2
        assert client.points == written
        assert set(client.events.values()) == {1}
        assert client.log == folder.log.read_text()


async def _watch(web: WebProcess, folder: JobFolder, seeded: dict) -> list[LiveClient]:
    done = asyncio.Event()
    sessions = seeded["sessions"]
    clients = [
        LiveClient(web.port, seeded["job"], sessions[number % len(sessions)])
        for number in range(NUM_SOCKETS)
    ]
    followers = [asyncio.create_task(client.run(done)) for client in clients]
    for _ in range(2):
        trainer = _start_trainer(folder)
        await asyncio.sleep(2.5)
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
    return clients


async def _settled(clients: list[LiveClient], folder: JobFolder) -> None:
    """Wait until every client has as many points as there are; 15 s at most."""
    wanted = sum(_written(folder).values())
    for _ in range(150):
        if all(sum(client.points.values()) >= wanted for client in clients):
            break
        await asyncio.sleep(0.1)
    # And a little longer: what comes twice must show.
    await asyncio.sleep(1)


def _start_trainer(folder: JobFolder) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.webapp.runs.synthetic", str(folder.root)]
    command += ["--steps", str(NUM_STEPS), "--rate", "80"]
    return subprocess.Popen(command, cwd=ROOT)


def _written(folder: JobFolder) -> Counter[tuple[str, int, int]]:
    """What stands in the files, each record with the generation that wrote it."""
    found: Counter[tuple[str, int, int]] = Counter()
    for name, series_id in read_index(folder.metrics).items():
        for stretch in read_from(folder.metrics, series_id, START).stretches:
            for step in stretch.records["step"].tolist():
                found[(name, stretch.generation, step)] += 1
    return found
