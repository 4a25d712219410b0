"""One chunk to the disk: a full disk, a client that goes away, two writers at once."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from webapp.core.errors import ApplicationError
from webapp.core.streaming import BodyCutError
from webapp.corpora.receiving import Chunk, append_chunk

DATA = b"a line of text\n" * 200_000


async def whole(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


async def cut(data: bytes) -> AsyncIterator[bytes]:
    yield data[: len(data) // 2]
    raise BodyCutError


def chunk_of(data: bytes, offset: int = 0) -> Chunk:
    return Chunk(offset, hashlib.sha256(data).hexdigest())


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


def test_a_full_disk_is_507_and_takes_the_half_written_chunk_back(small_disk: Path) -> None:
    path = small_disk / "parts" / "file"
    first = DATA[:500_000]
    assert asyncio.run(append_chunk(path, chunk_of(first), len(DATA), whole(first))) == 500_000
    rest = DATA[500_000:]
    with pytest.raises(ApplicationError, match="disk of the server is full") as caught:
        asyncio.run(append_chunk(path, chunk_of(rest, 500_000), len(DATA), whole(rest)))
    assert caught.value.status_code == 507
    assert path.read_bytes() == first


def test_a_client_that_goes_away_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(ApplicationError, match="cut off"):
        asyncio.run(append_chunk(path, chunk_of(DATA), len(DATA), cut(DATA)))
    assert path.stat().st_size == 0


def test_of_two_writers_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"

    async def both() -> list[object]:
        first = append_chunk(path, chunk_of(DATA), len(DATA), whole(DATA))
        second = append_chunk(path, chunk_of(DATA), len(DATA), whole(DATA))
        return await asyncio.gather(first, second, return_exceptions=True)

    results = asyncio.run(both())
    assert len(DATA) in results
    refused = next(result for result in results if isinstance(result, ApplicationError))
    assert refused.status_code == 409
    assert path.read_bytes() == DATA
