"""Websocket clients as run pages are: keep a position, come back with it after every loss."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from training.folder.cursor import START, read_from
from training.folder.layout import JobFolder
from training.folder.series import read_index

FIRST_BACKOFF_SECONDS = 0.1
#: What a run page asks for.
PAGE_BUCKETS = 600

Points = Counter[tuple[str, int, int]]


class LiveClient:
    """Collects every (series, generation, step) it is told, until it has been told to end.

    With ``buckets`` it begins as a page does, with a snapshot, and goes on with deltas.
    """

    def __init__(self, port: int, job: str, session: str, *, buckets: int = 0) -> None:
        self.url = f"ws://127.0.0.1:{port}/ws/jobs/{job}/"
        self.headers = {"Cookie": f"sessionid={session}"}
        self.origin = f"http://127.0.0.1:{port}"
        self.buckets = buckets
        self.position: dict[str, Any] = {"series": {}, "events": [0, 0], "log": 0}
        self.points: Points = Counter()
        self.num_in_snapshots = 0
        self.events: Counter[tuple[str, int]] = Counter()
        self.log = ""
        self.num_connections = 0

    async def run(self, done: asyncio.Event) -> None:
        """Follow the job until ``done``."""
        while not done.is_set():
            try:
                await self._follow(done)
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(FIRST_BACKOFF_SECONDS)

    async def _follow(self, done: asyncio.Event) -> None:
        async with connect(
            self.url, additional_headers=self.headers, origin=self.origin, max_size=None
        ) as socket:
            self.num_connections += 1
            await self.subscribe(socket)
            while not done.is_set():
                try:
                    text = await asyncio.wait_for(socket.recv(), 0.2)
                except TimeoutError:
                    continue
                self.take(json.loads(text))
                await self.react(socket)

    async def subscribe(self, socket: ClientConnection) -> None:
        """Ask for all series, from the position on."""
        message = {"type": "subscribe", "series": None, "buckets": self.buckets}
        await socket.send(json.dumps({**message, "position": self.position}))

    async def react(self, socket: ClientConnection) -> None:
        """What a page answers to a message: nothing."""

    def take(self, message: dict[str, Any]) -> None:
        """Keep what one message tells."""
        if message["type"] == "snapshot":
            self.take_snapshot(message)
            self.position["series"].update(message["cursors"])
            return
        assert message["type"] == "delta", message
        self.take_delta(message)
        for event in message["events"]:
            self.events[(event["source"], event["seq"])] += 1
        self.log += message["log"]
        self.position = message["to"]

    def take_snapshot(self, message: dict[str, Any]) -> None:
        """Count its points: one record each, all of the first attempt."""
        for name, found in message["series"].items():
            generation, _offset = message["cursors"][name]
            assert (generation, found["tails"]) == (0, [])
            assert "low" not in found["curve"]
            self.points.update((name, generation, step) for step in found["curve"]["x"])
            self.num_in_snapshots += len(found["curve"]["x"])

    def take_delta(self, message: dict[str, Any]) -> None:
        """Count its points."""
        for name, stretches in message["series"].items():
            for stretch in stretches:
                generation = stretch["generation"]
                self.points.update((name, generation, step) for step in stretch["step"])


class PageClient(LiveClient):
    """Keeps curves as the page's scripts do (feed.js, series.js).

    A snapshot takes the place of a curve, records are put behind it; after a rewind everything is
    asked for anew. ``buckets`` must be as many as there are records: then a curve lists each step.
    """

    def __init__(self, port: int, job: str, session: str, *, buckets: int) -> None:
        super().__init__(port, job, session, buckets=buckets)
        self.curves: dict[str, list[int]] = {}
        self.generations: dict[str, int] = {}
        self.is_stale = False

    async def react(self, socket: ClientConnection) -> None:
        """Forget the series and ask for them as fresh buckets."""
        if self.is_stale:
            self.is_stale = False
            self.position["series"] = {}
            await self.subscribe(socket)

    def take_snapshot(self, message: dict[str, Any]) -> None:
        """Each curve is what the snapshot says."""
        for name, found in message["series"].items():
            self.curves[name] = list(found["curve"]["x"])
            self.generations[name] = message["cursors"][name][0]

    def take_delta(self, message: dict[str, Any]) -> None:
        """Append what follows; anything else makes the page stale."""
        for name, (generation, _offset) in message["to"]["series"].items():
            self.is_stale |= self.generations.get(name, generation) != generation
        for name, stretches in message["series"].items():
            generation = self.generations.setdefault(name, stretches[0]["generation"])
            for stretch in stretches:
                if stretch["cut"] or stretch["generation"] != generation:
                    self.is_stale = True
                else:
                    self.curves.setdefault(name, []).extend(stretch["step"])


def written(folder: JobFolder) -> Points:
    """What stands in the files, each record with the generation that wrote it."""
    found: Points = Counter()
    for name, series_id in read_index(folder.metrics).items():
        for stretch in read_from(folder.metrics, series_id, START).stretches:
            steps = stretch.records["step"].tolist()
            found.update((name, stretch.generation, step) for step in steps)
    return found


def surviving(folder: JobFolder) -> dict[str, list[int]]:
    """The steps of each series that no rewind has cut away, in order."""
    return {
        name: [
            step
            for stretch in read_from(folder.metrics, series_id, START).stretches
            if not stretch.is_cut
            for step in stretch.records["step"].tolist()
        ]
        for name, series_id in read_index(folder.metrics).items()
    }
