"""A home folder on a disk that is full: what writes is refused with 507, what reads goes on."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.training.folder.small_disk import fill, small_disk
from tests.webapp.runs.serving import WebProcess, seed

_SECRET = "a" * 32
_SENTENCE = "The disk of the server is full"


class Site:
    """A web process whose home is all that its disk holds, and a member with a session."""

    def __init__(self, disk: Path) -> None:
        self.disk = disk
        seeded = seed(disk / "home", num_users=1)
        self.project, self.job = seeded["project"], seeded["job"]
        self.session = seeded["sessions"][0]
        self.web = WebProcess(disk / "home")
        self.web.start()

    def ask(
        self,
        method: str,
        path: str,
        body: str = "",
        *,
        kind: str = "application/x-www-form-urlencoded",
        session: str | None = None,
    ) -> tuple[int, str]:
        """Status and text of one request with the member's session and its CSRF token."""
        session = self.session if session is None else session
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={_SECRET}",
            "X-CSRFToken": _SECRET,
            "Content-Type": kind,
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=30)) as server:
            server.request(method, path, body=body, headers=headers)
            answer = server.getresponse()
            return answer.status, answer.read().decode()

    def log_in(self) -> tuple[int, str]:
        fields = {"username": "user0", "password": "a long password here"}
        return self.ask("POST", "/login/", urlencode(fields), session="")

    def stop_job(self) -> tuple[int, str]:
        return self.ask("POST", f"/jobs/{self.job}/stop/")

    def create_job(self) -> tuple[int, str]:
        body = json.dumps({"verb": "sleep", "spec": {"seconds": 1}})
        url = f"/api/v1/projects/{self.project}/jobs/"
        return self.ask("POST", url, body, kind="application/json")

    def read(self) -> dict[str, int]:
        paths = [f"/projects/{self.project}/", f"/runs/{self.job}/", "/projects/"]
        paths += [f"/api/v1/jobs/{self.job}/live/", "/healthz"]
        return {path: self.ask("GET", path)[0] for path in paths}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with small_disk(tmp_path / "disk", num_bytes=4 << 20) as disk:
        made = Site(disk)
        yield made
        made.web.stop()


def test_a_full_disk_is_said_with_507_and_everything_goes_on_when_there_is_room(
    site: Site,
) -> None:
    assert set(site.read().values()) == {200}
    filler = fill(site.disk)
    for _ in range(3):
        for status, text in (site.log_in(), site.stop_job()):
            assert status == 507
            assert _SENTENCE in text
            assert "our fault" not in text
        status, text = site.create_job()
        assert status == 507
        assert json.loads(text)["message"].startswith(_SENTENCE)
        assert set(site.read().values()) == {200}
    filler.unlink()
    assert site.log_in()[0] == 302
    assert site.create_job()[0] == 201
    assert site.stop_job()[0] == 302
    state = json.loads(site.ask("GET", f"/api/v1/jobs/{site.job}/")[1])["state"]
    assert state == "stopping"
    assert site.web.process is not None
    assert site.web.process.poll() is None


def test_a_web_process_that_starts_on_a_full_disk_says_so_and_recovers(site: Site) -> None:
    site.web.kill()
    # Closed in order, the database leaves no file behind that its readers share.
    with closing(sqlite3.connect(site.disk / "home" / "db.sqlite3")) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    filler = fill(site.disk)
    site.web.start()
    assert set(site.read().values()) == {507}
    filler.unlink()
    assert set(site.read().values()) == {200}
    assert site.log_in()[0] == 302
