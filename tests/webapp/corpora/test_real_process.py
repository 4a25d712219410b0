"""A real web process under four windows that send the same file, some chunks cut off on their way.

Whatever overlaps, what is finished is what was announced, and one of many finishes makes it.
"""

from __future__ import annotations

import hashlib
import json
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.webapp.test_bad_connections import Site

DATA = b"".join(b"%07d is the number of this line.\n" % number for number in range(60_000))
CHUNK_BYTES = 200_000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "home")
    yield site
    site.web.stop()


def begin(site: Site) -> tuple[str, str]:
    """Ids of an upload and of its one file."""
    file = {"name": "a.txt", "num_bytes": len(DATA), "first_sha256": sha(DATA)}
    body = json.dumps({"files": [{**file, "last_sha256": sha(DATA)}]}).encode()
    status, upload = site.ask("POST", f"/api/v1/projects/{site.project}/uploads/", body)
    assert status == 201
    return upload["id"], upload["files"][0]["id"]


def cut_off(site: Site, file: str, offset: int, chunk: bytes, num_sent: int) -> None:
    """A chunk whose sender goes away in the middle."""
    head = (
        f"PATCH /api/v1/upload-files/{file}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {site.token}\r\nContent-Length: {len(chunk)}\r\n"
        f"Upload-Offset: {offset}\r\nX-Chunk-SHA256: {sha(chunk)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.web.port), timeout=10) as connection:
        connection.sendall(head.encode() + chunk[:num_sent])


def send_all(site: Site, file: str, seed: int) -> None:
    """As the page does, with chunks of its own size, two of five of them cut off."""
    rng, offset = random.Random(seed), 0
    while offset < len(DATA):
        chunk = DATA[offset : offset + rng.randrange(50_000, CHUNK_BYTES)]
        if rng.random() < 0.4:
            behind = max(0, offset - rng.choice([0, CHUNK_BYTES]))
            cut_off(site, file, behind, chunk, rng.randrange(len(chunk)))
            continue
        headers = {"Upload-Offset": str(offset), "X-Chunk-SHA256": sha(chunk)}
        status, answer = site.ask("PATCH", f"/api/v1/upload-files/{file}/", chunk, **headers)
        assert status in {200, 409}, answer
        offset = answer.get("offset", offset)


def finish(site: Site, upload: str) -> str:
    """Ask until another window has done it, or this one; the id of the artifact."""
    while True:
        url, body = f"/api/v1/uploads/{upload}/finish/", b'{"starts_reading": false}'
        status, answer = site.ask("POST", url, body)
        if status == 200:
            return str(answer["artifact"])
        assert status == 409, answer


def test_an_upload_is_what_was_sent_whatever_overlaps(site: Site) -> None:
    upload, file = begin(site)
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda seed: send_all(site, file, seed), range(4)))
        made = list(threads.map(lambda _: finish(site, upload), range(5)))
    assert len(set(made)) == 1
    assert (site.web.home / "uploads" / upload / "00001.txt").read_bytes() == DATA
    assert "Traceback" not in (site.web.home / "web.log").read_text()
