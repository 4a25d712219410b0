"""What watching costs: from the metric call to 100 websocket clients, and the web process's CPU.

A writer makes 20 steps a second (four series and a log); 100 sockets of 13 users follow it.
Latency is from the metric call to the parsed message, the writer's own buffer of 0.25 s included.
Limits: p95 0.4 s, nothing lost, nothing twice, 10 % of a core. Run: python -m benchmarks.live
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.table import Row, print_table
from tests.webapp.runs.clients import LiveClient, Points, written
from tests.webapp.runs.serving import ROOT, WebProcess, seed
from training.folder.layout import JobFolder

NUM_SOCKETS = 100
NUM_USERS = 13
STEPS_PER_SECOND = 20
SECONDS = 20
#: The default of the train spec.
SAVE_EVERY = 200
LATENCY_LIMIT_SECONDS = 0.4
CPU_LIMIT_FRACTION = 0.10


class TimedClient(LiveClient):
    """Also remembers how old each point was when it was parsed."""

    def __init__(self, port: int, job: str, session: str) -> None:
        super().__init__(port, job, session)
        self.ages: list[float] = []

    def take(self, message: dict[str, Any]) -> None:
        """Count, and measure."""
        super().take(message)
        now = time.time()
        for stretches in message["series"].values():
            for stretch in stretches:
                self.ages.extend(now - made for made in stretch["time"])


def rows() -> Iterator[Row]:
    """One run, four figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        seeded = seed(home, num_users=NUM_USERS)
        web = WebProcess(home)
        web.start()
        try:
            clients, cpu = asyncio.run(_measure(web, home, seeded))
        finally:
            web.stop()
        wanted = written(JobFolder(home / "jobs" / seeded["job"]))
    yield from _judged(clients, cpu, wanted)


def _judged(clients: list[TimedClient], cpu: float, wanted: Points) -> Iterator[Row]:
    ages = [age for client in clients for age in client.ages]
    p95 = statistics.quantiles(ages, n=100)[94]
    # By series, generation and step: a point that comes twice must not stand in for a lost one.
    lost = sum((wanted - client.points).total() for client in clients)
    twice = sum((client.points - wanted).total() for client in clients)
    yield Row(
        f"event to browser, p95 of {len(ages):,}",
        f"{p95 * 1e3:.0f} ms",
        f"limit {LATENCY_LIMIT_SECONDS * 1e3:.0f} ms",
        f"{p95 / LATENCY_LIMIT_SECONDS:.2f}",
        "<= 1",
        p95 <= LATENCY_LIMIT_SECONDS,
    )
    for name, count in (("points lost", lost), ("points sent twice", twice)):
        yield Row(name, f"{count}", "limit 0", "", "0", count == 0)
    yield Row(
        f"web process with {NUM_SOCKETS} sockets",
        f"{cpu:.1%} of a core",
        f"limit {CPU_LIMIT_FRACTION:.0%}",
        f"{cpu / CPU_LIMIT_FRACTION:.2f}",
        "<= 1",
        cpu <= CPU_LIMIT_FRACTION,
    )


async def _measure(
    web: WebProcess, home: Path, seeded: dict[str, Any]
) -> tuple[list[TimedClient], float]:
    sessions, done = seeded["sessions"], asyncio.Event()
    clients = [
        TimedClient(web.port, seeded["job"], sessions[number % len(sessions)])
        for number in range(NUM_SOCKETS)
    ]
    followers = [asyncio.create_task(client.run(done)) for client in clients]
    while not all(client.num_connections for client in clients):
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)
    command = [sys.executable, "-m", "tests.webapp.runs.synthetic"]
    command += [str(home / "jobs" / seeded["job"]), "--rate", str(STEPS_PER_SECOND)]
    command += ["--steps", str(STEPS_PER_SECOND * SECONDS), "--save-every", str(SAVE_EVERY)]
    assert web.process is not None
    process = psutil.Process(web.process.pid)
    before, started = process.cpu_times(), time.monotonic()
    writer = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=True)
    assert writer.returncode == 0
    after, ended = process.cpu_times(), time.monotonic()
    await asyncio.sleep(1.5)
    done.set()
    await asyncio.gather(*followers)
    used = (after.user + after.system) - (before.user + before.system)
    return clients, used / (ended - started)


if __name__ == "__main__":
    print_table(rows())
