"""The websocket of a run page against a real server: who may open one, limits, logging out."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.webapp.runs.serving import WebProcess, seed
from tests.webapp.runs.synthetic import Run
from training.events import EventKind
from training.folder.layout import JobFolder


class Site:
    """A server with one running job, and sessions of members of its project."""

    def __init__(self, home: Path) -> None:
        self.seeded = seed(home, num_users=3)
        self.folder = JobFolder(home / "jobs" / self.seeded["job"])
        run = Run(self.folder, 40, 25)
        while run.step < 40:
            run.advance()
        run.close(EventKind.FINISHED)
        self.web = WebProcess(home)
        self.web.start()

    def session(self, number: int = 0) -> str:
        """Of member ``number``; 0 is the owner."""
        return str(self.seeded["sessions"][number])

    def open(self, session: str, *, job: str = "", origin: str = "") -> connect:
        """A socket, not yet connected."""
        return connect(
            f"ws://127.0.0.1:{self.web.port}/ws/jobs/{job or self.seeded['job']}/",
            additional_headers={"Cookie": f"sessionid={session}"},
            origin=origin or f"http://127.0.0.1:{self.web.port}",  # type: ignore[arg-type]
            max_size=None,
        )

    def log_out(self, session: str) -> int:
        """As the button does; the status of the answer."""
        cookie = f"sessionid={session}"
        _, set_cookie, page = self._ask("GET", "/profile/", {"Cookie": cookie})
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        secret = re.search(r"csrftoken=(\w+)", set_cookie)
        assert token
        assert secret
        headers = {
            "Cookie": f"{cookie}; csrftoken={secret[1]}",
            "X-CSRFToken": token[1],
            "Content-Length": "0",
        }
        return self._ask("POST", "/logout/", headers)[0]

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["Set-Cookie"] or "", answer.read().decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("sockets") / "home")
    yield made
    made.web.stop()


async def told(socket: ClientConnection, **message: Any) -> dict[str, Any]:
    """Send, and the next answer."""
    await socket.send(json.dumps(message))
    answer: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 10))
    return answer


async def subscribe(site: Site, **message: Any) -> dict[str, Any]:
    async with site.open(site.session()) as socket:
        return await told(socket, type="subscribe", **message)


def refused_at_the_door(opening: connect) -> int:
    async def attempt() -> int:
        try:
            async with opening:
                return 0
        except InvalidStatus as error:
            return error.response.status_code

    return asyncio.run(attempt())


def test_nobody_gets_in_without_a_session_of_a_member(site: Site) -> None:
    assert refused_at_the_door(site.open("")) == 403
    assert refused_at_the_door(site.open(site.seeded["stranger"])) == 403
    assert refused_at_the_door(site.open("a" * 32)) == 403
    unknown = "00000000-0000-4000-8000-000000000000"
    assert refused_at_the_door(site.open(site.session(), job=unknown)) == 403


def test_a_page_of_another_site_gets_no_socket(site: Site) -> None:
    foreign = site.open(site.session(), origin="http://evil.example")
    assert refused_at_the_door(foreign) == 403


def test_a_subscription_begins_with_buckets_and_the_cursors_behind_them(site: Site) -> None:
    snapshot = asyncio.run(subscribe(site, series=None, buckets=10, position={}))
    assert snapshot["type"] == "snapshot"
    loss = snapshot["series"]["train/loss"]
    assert len(loss["curve"]["x"]) == 10
    assert loss["num_records"] == 40
    assert set(loss["curve"]) == {"x", "time", "last", "low", "high"}
    assert snapshot["cursors"]["train/loss"] == [0, 40]


def test_only_the_wanted_series_are_sent(site: Site) -> None:
    snapshot = asyncio.run(subscribe(site, series=["train/loss"], buckets=10, position={}))
    assert list(snapshot["series"]) == ["train/loss"]


def test_a_position_is_gone_on_from_without_a_snapshot(site: Site) -> None:
    async def follow() -> dict[str, Any]:
        async with site.open(site.session()) as socket:
            position = {"series": {"train/loss": [0, 35]}, "events": [0, 0], "log": 0}
            return await told(
                socket, type="subscribe", series=["train/loss"], buckets=10, position=position
            )

    delta = asyncio.run(follow())
    assert delta["type"] == "delta"
    assert delta["series"]["train/loss"][0]["step"] == [36, 37, 38, 39, 40]
    assert delta["job"]["state"] == "running"
    assert delta["events"][0]["sentence"] == "Started."


@pytest.mark.parametrize("series", [None, ["train/loss", "train/learning_rate"]])
def test_only_the_series_that_a_position_lacks_come_as_a_snapshot(
    site: Site, series: list[str] | None
) -> None:
    """As after a reconnection during which the first validation was made."""
    position = {"series": {"train/loss": [0, 35]}, "events": [0, 0], "log": 0}
    snapshot = asyncio.run(subscribe(site, series=series, buckets=10, position=position))
    assert snapshot["type"] == "snapshot"
    assert "train/learning_rate" in snapshot["series"]
    assert "train/loss" not in snapshot["series"]


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"type": "delete"}', '{"type": "subscribe", "buckets": "many"}',
     '{"type": "subscribe", "series": 7}', "[" * 50_000],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_the_socket_stays(site: Site, text: str) -> None:
    async def attempt() -> tuple[dict[str, Any], dict[str, Any]]:
        async with site.open(site.session()) as socket:
            await socket.send(text)
            refusal = json.loads(await asyncio.wait_for(socket.recv(), 10))
            return refusal, await told(socket, type="ping")

    refusal, pong = asyncio.run(attempt())
    assert refusal["type"] == "refused"
    assert pong["type"] == "pong"


def test_positions_that_cannot_be_are_answered_with_a_snapshot(site: Site) -> None:
    for cursor in ([9, 9], [0, 10**30], [-1, 0], "text", [0]):
        message = {"series": ["train/loss"], "position": {"series": {"train/loss": cursor}}}
        answer = asyncio.run(subscribe(site, buckets=5, **message))
        assert answer["type"] == "snapshot"


def test_a_message_of_more_than_64_kilobytes_ends_the_socket(site: Site) -> None:
    async def attempt() -> int | None:
        async with site.open(site.session()) as socket:
            await socket.send("x" * 70_000)
            try:
                await asyncio.wait_for(socket.recv(), 10)
            except ConnectionClosed as error:
                return error.rcvd.code if error.rcvd else None
        return None

    assert asyncio.run(attempt()) == 1009


def test_the_ninth_socket_of_a_user_is_turned_to_polling(site: Site) -> None:
    async def attempt() -> int | None:
        sockets = [await site.open(site.session(1)) for _ in range(8)]
        ninth = await site.open(site.session(1))
        try:
            await asyncio.wait_for(ninth.recv(), 10)
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else None
        finally:
            for socket in sockets:
                await socket.close()
        return None

    assert asyncio.run(attempt()) == 4429


def test_logging_out_ends_the_sockets_of_that_session_at_once(site: Site) -> None:
    async def attempt() -> int | None:
        async with site.open(site.session(2)) as socket:
            await told(socket, type="ping")
            assert await asyncio.to_thread(site.log_out, site.session(2)) == 302
            try:
                await asyncio.wait_for(socket.recv(), 10)
            except ConnectionClosed as error:
                return error.rcvd.code if error.rcvd else None
        return None

    assert asyncio.run(attempt()) == 4401
    assert refused_at_the_door(site.open(site.session(2))) == 403
