"""A real web process under bad clients: cut uploads, endless bodies, no HTTP at all, fuzzing."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.jobs.installation import seed_home
from tests.webapp.runs.serving import WebProcess

TEXT = b"One line of a text that is long enough.\n" * 25_000


class Site:
    """The web process, a project and a token of its owner."""

    def __init__(self, home: Path) -> None:
        seeded = seed_home(home)
        self.project, self.token = seeded["project"], seeded["token"]
        self.web = WebProcess(home)
        self.web.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web.port}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        """Status and JSON of one request."""
        headers = {"Content-Type": "application/json", **headers}
        headers["Authorization"] = f"Bearer {self.token}"
        asked = urllib.request.Request(f"{self.url}{path}", body or None, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def start_upload(self) -> tuple[str, str]:
        """Ids of an upload and of its one file."""
        digest = hashlib.sha256(TEXT).hexdigest()
        file = {"name": "a.txt", "num_bytes": len(TEXT), "first_sha256": digest}
        body = json.dumps({"files": [{**file, "last_sha256": digest}]}).encode()
        status, upload = self.ask("POST", f"/api/v1/projects/{self.project}/uploads/", body)
        assert status == 201, upload
        return upload["id"], upload["files"][0]["id"]

    def append(self, file: str, data: bytes) -> tuple[int, Any]:
        """Send the first chunk whole."""
        digest = hashlib.sha256(data).hexdigest()
        headers = {"Upload-Offset": "0", "X-Chunk-SHA256": digest}
        return self.ask("PATCH", f"/api/v1/upload-files/{file}/", data, **headers)

    def raw(self, data: bytes, *, then_wait_seconds: float = 0.0) -> bytes:
        """Send bytes, read until the server closes or says nothing for a while, go away."""
        with socket.create_connection(("127.0.0.1", self.web.port), timeout=10) as connection:
            connection.sendall(data)
            if not then_wait_seconds:
                return b""
            connection.settimeout(then_wait_seconds)
            return b"".join(received(connection))


def received(connection: socket.socket) -> Iterator[bytes]:
    """What comes: head and body of one answer may be two packets."""
    try:
        while data := connection.recv(65_536):
            yield data
    except (TimeoutError, ConnectionResetError):
        return


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for the module: it must survive every test."""
    site = Site(tmp_path_factory.mktemp("site") / "home")
    yield site
    site.web.stop()


@pytest.fixture(autouse=True)
def _goes_on(site: Site) -> Iterator[None]:
    """After every test the same process still answers, and its log has no traceback."""
    yield
    assert site.web.process is not None
    assert site.web.process.poll() is None
    assert site.ask("GET", "/healthz")[0] == 200
    assert "Traceback" not in (site.web.home / "web.log").read_text()


def test_an_upload_cut_half_way_leaves_nothing_and_is_sent_again(site: Site) -> None:
    upload, file = site.start_upload()
    head = (
        f"PATCH /api/v1/upload-files/{file}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {site.token}\r\nContent-Length: {len(TEXT)}\r\n"
        f"Upload-Offset: 0\r\nX-Chunk-SHA256: {hashlib.sha256(TEXT).hexdigest()}\r\n\r\n"
    )
    part = site.web.home / "uploads" / f"{upload}.parts" / file
    for _ in range(3):
        site.raw(head.encode() + TEXT[: len(TEXT) // 2])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (part.exists() and part.stat().st_size == 0):
        time.sleep(0.05)
    assert part.stat().st_size == 0
    assert site.ask("GET", f"/api/v1/uploads/{upload}/")[1]["files"][0]["offset"] == 0
    assert site.ask("POST", f"/api/v1/uploads/{upload}/finish/", b"{}")[0] == 409
    status, row = site.append(file, TEXT)
    assert (status, row["offset"]) == (200, len(TEXT))
    assert part.read_bytes() == TEXT
    assert site.ask("DELETE", f"/api/v1/uploads/{upload}/")[0] == 204
    assert not part.parent.exists()


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        (b"[" * 200_000, 400, "nests lists or objects too deeply"),
        (b'{"verb": NaN}', 400, "NaN is no JSON number"),
        (b'{"verb": "\\ud800"}', 400, "surrogate"),
    ],
)
def test_a_bad_body_is_refused_by_the_real_server_too(
    site: Site, body: bytes, status: int, part: str
) -> None:
    got, answer = site.ask("POST", f"/api/v1/projects/{site.project}/jobs/", body)
    assert got == status
    assert part in answer["message"]


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(site: Site) -> None:
    head = f"POST /api/v1/projects/{site.project}/jobs/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    answer = site.raw(f"{head}Content-Length: {9 << 20}\r\n\r\n".encode(), then_wait_seconds=5)
    assert b" 413 " in answer
    assert b"longer than 8388608 bytes" in answer


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
    ids=["png", "long header", "odd path", "negative length", "bad chunks", "foreign host"],
)
def test_what_is_no_good_http_is_refused(site: Site, data: bytes) -> None:
    answer = site.raw(data, then_wait_seconds=3)
    assert answer == b"" or answer.split()[1][:1] == b"4"


@pytest.mark.slow
def test_no_generated_request_makes_the_server_fail(site: Site, tmp_path: Path) -> None:
    """Schemathesis over the schema as the owner, with ids that exist."""
    _, job = site.ask("POST", f"/api/v1/projects/{site.project}/jobs/", b'{"verb": "sleep"}')
    upload, file = site.start_upload()
    ids = {"project_id": site.project, "job_id": job["id"], "upload_id": upload, "file_id": file}
    config = tmp_path / "schemathesis.toml"
    lines = [f'"path.{name}" = "{value}"' for name, value in ids.items()]
    config.write_text("[parameters]\n" + "\n".join(lines) + "\n")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config),
        "run", f"{site.url}/api/v1/schema/", "-H", f"Authorization: Bearer {site.token}",
        "--checks", "not_a_server_error", "--max-examples", "12", "--seed", "1",
        "--phases", "examples,coverage,fuzzing", "--no-color", "--continue-on-failure",
        # Deleting the project or the token would end the test's own access.
        "--exclude-method", "DELETE",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, f"{done.stdout[-8000:]}{done.stderr[-2000:]}"
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) > 500
    assert "Traceback" not in (site.web.home / "web.log").read_text()
