"""A websocket client as a run page is: keeps a position, comes back with it after every loss."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

FIRST_BACKOFF_SECONDS = 0.1


class LiveClient:
    """Collects every (series, generation, step) it is told, until it has been told to end."""

    def __init__(self, port: int, job: str, session: str) -> None:
        self.url = f"ws://127.0.0.1:{port}/ws/jobs/{job}/"
        self.headers = {"Cookie": f"sessionid={session}"}
        self.origin = f"http://127.0.0.1:{port}"
        self.position: dict[str, Any] = {"series": {}, "events": [0, 0], "log": 0}
        self.points: Counter[tuple[str, int, int]] = Counter()
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
            message = {"type": "subscribe", "series": None, "buckets": 0}
            await socket.send(json.dumps({**message, "position": self.position}))
            while not done.is_set():
                try:
                    text = await asyncio.wait_for(socket.recv(), 0.2)
                except TimeoutError:
                    continue
                self.take(json.loads(text))

    def take(self, message: dict[str, Any]) -> None:
        """Count what one message tells."""
        assert message["type"] == "delta", message
        for name, stretches in message["series"].items():
            for stretch in stretches:
                for step in stretch["step"]:
                    self.points[(name, stretch["generation"], step)] += 1
        for event in message["events"]:
            self.events[(event["source"], event["seq"])] += 1
        self.log += message["log"]
        self.position = message["to"]
