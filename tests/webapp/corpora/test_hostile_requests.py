"""The 13 requests of the corpus of hostile inputs: a sentence each, and no row left of any."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.hostile.requests import BODIES, NAMES, STREAMS
from tests.webapp.corpora.sending import TEXT, append, finish, sha, start
from tests.webapp.factories import World
from webapp.core.errors import ApplicationError
from webapp.core.streaming import BodyCutError
from webapp.corpora.limits import CHUNK_BYTES
from webapp.corpora.locking import opened
from webapp.corpora.models import Upload, UploadFile
from webapp.corpora.receiving import Chunk, append_chunk
from webapp.jobs.models import Artifact, Job

pytestmark = pytest.mark.django_db(transaction=True)


def nothing_is_left() -> bool:
    """No upload, no artifact and no job."""
    return not (Upload.objects.exists() or Artifact.objects.exists() or Job.objects.exists())


def stored(path: Path, pieces: AsyncIterator[bytes]) -> tuple[ApplicationError, int]:
    """The error of a chunk of a file of 1 GiB, and how long the part is then."""

    async def whole() -> int:
        with opened(path) as file:
            expected = UploadFile(name="a.txt", num_bytes=1 << 30)
            return await append_chunk(file, expected, Chunk(0, sha(TEXT)), pieces)

    with pytest.raises(ApplicationError) as error:
        asyncio.run(whole())
    return error.value, path.stat().st_size


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_refused_or_taken_under_a_safe_one(
    client: Client, world: World, name: str
) -> None:
    answer = start(client, world, {name: TEXT})
    is_taken = answer.status_code == 201
    if not is_taken:
        assert answer.status_code == 400
        assert NAMES[name] in answer.json()["message"] + str(answer.json())
        assert nothing_is_left()
        return
    assert NAMES[name] == ""
    row = answer.json()["files"][0]
    assert append(client, row["id"], 0, TEXT).status_code == 200
    assert finish(client, answer.json()["id"], starts_reading=False).status_code == 200
    folder = Artifact.objects.get(kind="upload").folder
    (listed,) = json.loads((folder / "files.json").read_text())
    assert listed["file"] == "00001.txt"
    assert len(listed["name"]) <= 255
    assert listed["name"].isprintable()


def test_the_other_requests_are_those_below() -> None:
    assert (len(NAMES), len(BODIES), len(STREAMS)) == (8, 3, 2)


def test_a_wrong_length_leaves_the_part_as_it_was(tmp_path: Path) -> None:
    async def shorter() -> AsyncIterator[bytes]:
        yield TEXT[:500]
        raise BodyCutError

    error, size = stored(tmp_path / "part", shorter())
    assert error.status_code == 400
    assert size == 0


def test_101_files_in_a_form_are_no_upload(client: Client, world: World) -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"words") for number in range(101)]
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    answer = client.post(url, {"files": files})
    assert answer.status_code in {400, 415}
    assert nothing_is_left()


def test_1001_fields_in_a_form_are_no_upload(client: Client, world: World) -> None:
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    answer = client.post(url, {f"field{number}": "x" for number in range(1_001)})
    assert answer.status_code in {400, 415}
    assert nothing_is_left()


def test_a_stream_without_end_is_cut_at_the_limit_of_a_chunk(tmp_path: Path) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1 << 20
            yield b"a" * (1 << 20)

    error, size = stored(tmp_path / "part", endless())
    assert error.status_code == 413
    assert size == 0
    assert given <= CHUNK_BYTES + (2 << 20)


def test_an_upload_that_breaks_off_stores_nothing(client: Client, world: World) -> None:
    upload: dict[str, Any] = start(client, world, {"a.txt": TEXT}).json()
    append(client, upload["files"][0]["id"], 0, TEXT[:700])
    assert finish(client, upload["id"]).status_code == 409
    assert not Artifact.objects.exists()
    assert not Job.objects.exists()
    assert client.delete(f"/api/v1/uploads/{upload['id']}/").status_code == 204
    assert nothing_is_left()
