"""One chunk to the disk: a full disk, a client that goes away or says nothing, two at once."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.sending import TEXT, append, start
from tests.webapp.factories import World
from webapp.core.errors import ApplicationError
from webapp.core.streaming import BodyCutError
from webapp.corpora import receiving
from webapp.corpora.locking import BusyError, opened
from webapp.corpora.models import UploadFile
from webapp.corpora.receiving import Chunk, append_chunk

DATA = b"a line of text\n" * 200_000
FILE = UploadFile(name="a.txt", num_bytes=len(DATA))


async def whole(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 65_536):
        yield data[at : at + 65_536]


async def cut(data: bytes) -> AsyncIterator[bytes]:
    yield data[: len(data) // 2]
    raise BodyCutError


async def silent(data: bytes) -> AsyncIterator[bytes]:
    yield data[: len(data) // 2]
    await asyncio.sleep(60)
    yield b""


async def stored(path: Path, pieces: AsyncIterator[bytes]) -> int:
    """DATA appended to an empty file."""
    with opened(path) as file:
        chunk = Chunk(0, hashlib.sha256(DATA).hexdigest())
        return await append_chunk(file, FILE, chunk, pieces)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_507_and_takes_the_half_written_chunk_back(
    client: Client, world: World, settings: Any, small_disk: Path
) -> None:
    settings.TRAINYARD_HOME = small_disk
    settings.JOBS = dataclasses.replace(settings.JOBS, min_free_bytes=0)
    text = TEXT * 300
    row = start(client, world, {"a.txt": text}).json()["files"][0]
    assert append(client, row["id"], 0, text[:1000]).status_code == 200
    (small_disk / "something else").write_bytes(b"\0" * 600_000)
    answer = append(client, row["id"], 1000, text[1000:])
    assert answer.status_code == 507
    assert "The disk of the server is full: a.txt was not" in answer.json()["message"]
    file = UploadFile.objects.get()
    assert (file.offset, file.path.read_bytes()) == (1000, text[:1000])


def test_a_client_that_goes_away_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(ApplicationError, match="cut off"):
        asyncio.run(stored(tmp_path / "file", cut(DATA)))
    assert (tmp_path / "file").read_bytes() == b""


def test_a_client_that_says_nothing_does_not_hold_the_file_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SILENT_SECONDS", 0.05)
    with pytest.raises(ApplicationError, match="cut off"):
        asyncio.run(stored(tmp_path / "file", silent(DATA)))
    assert asyncio.run(stored(tmp_path / "file", whole(DATA))) == len(DATA)


def test_of_two_writers_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"

    async def both() -> list[object]:
        writers = (stored(path, whole(DATA)) for _ in range(2))
        return await asyncio.gather(*writers, return_exceptions=True)

    results = asyncio.run(both())
    assert len(DATA) in results
    assert any(isinstance(result, BusyError) for result in results)
    assert path.read_bytes() == DATA
