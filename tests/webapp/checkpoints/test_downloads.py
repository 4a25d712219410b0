"""Downloads: ranges, hashes, tars that are the same every time, names that lead nowhere."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World, write_stored
from webapp.checkpoints.segments import tar_segments, total_bytes
from webapp.jobs.models import Artifact

DATA = os.urandom(3_000_000)


@pytest.fixture
def model(world: World) -> Artifact:
    """An artifact of two files, one of them in a folder."""
    artifact = Artifact.objects.create(
        project=world.project, kind="model", title="Small one", path=f"jobs/{world.job.pk}/output"
    )
    (artifact.folder / "deep").mkdir(parents=True)
    (artifact.folder / "deep" / "vocab.json").write_text("{}")
    write_stored(artifact.folder, "model.safetensors", DATA)
    return artifact


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


def get(client: Client, model: Artifact, name: str = "model.safetensors", **headers: str) -> Any:
    url = f"/api/v1/artifacts/{model.pk}/files/{name}"
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.get(url, headers=named)


def body(answer: Any) -> bytes:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return asyncio.run(gathered())


def test_a_whole_file_comes_as_an_attachment_with_its_hash(client: Client, model: Artifact) -> None:
    answer = get(client, model)
    assert answer.status_code == 200
    assert body(answer) == DATA
    digest = hashlib.sha256(DATA).digest()
    assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert answer["ETag"] == f'"{digest.hex()}"'
    assert answer["Content-Length"] == str(len(DATA))
    assert answer["Content-Disposition"] == 'attachment; filename="model.safetensors"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=1048570-1048590", 1_048_570, 1_048_591),
        ("bytes=2999990-", 2_999_990, 3_000_000),
        ("bytes=-5", 2_999_995, 3_000_000),
        ("bytes=0-99999999", 0, 3_000_000),
    ],
)
def test_a_range_is_exactly_those_bytes(
    client: Client, model: Artifact, wanted: str, start: int, stop: int
) -> None:
    answer = get(client, model, range=wanted)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/3000000"
    assert body(answer) == DATA[start:stop]


@pytest.mark.parametrize("wanted", ["bytes=3000000-", "bytes=50-40"])
def test_a_range_behind_the_end_is_416_with_the_size(
    client: Client, model: Artifact, wanted: str
) -> None:
    answer = get(client, model, range=wanted)
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */3000000"


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=0-1,5-9", "lines=1-2", "bytes=a-b"])
def test_what_is_no_single_range_gets_the_whole(
    client: Client, model: Artifact, wanted: str
) -> None:
    assert get(client, model, range=wanted).status_code == 200


def test_a_range_of_another_state_of_the_file_gets_the_whole(
    client: Client, model: Artifact
) -> None:
    assert get(client, model, range="bytes=0-9", if_range='"other"').status_code == 200
    etag = get(client, model)["ETag"]
    assert get(client, model, range="bytes=0-9", if_range=etag).status_code == 206
    assert get(client, model, if_none_match=etag).status_code == 304


@pytest.mark.parametrize(
    "name", ["manifest.json", "../../secret_key", "deep/../model.safetensors", "deep", "missing"]
)
def test_only_names_of_the_manifest_are_served(client: Client, model: Artifact, name: str) -> None:
    assert get(client, model, name).status_code == 404


def test_a_tar_holds_every_file_and_is_the_same_every_time(client: Client, model: Artifact) -> None:
    url = f"/api/v1/artifacts/{model.pk}/tar/"
    first = client.get(url)
    data = body(first)
    assert int(first["Content-Length"]) == len(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = archive.getnames()
        assert names == [
            "small-one/deep/vocab.json",
            "small-one/manifest.json",
            "small-one/model.safetensors",
        ]
        held = archive.extractfile("small-one/model.safetensors")
        assert held is not None
        assert held.read() == DATA
        manifest = archive.extractfile("small-one/manifest.json")
        assert manifest is not None
        assert "model.safetensors" in json.load(manifest)["files"]
    part = client.get(url, headers={"Range": "bytes=1000-2000000"})
    assert body(part) == data[1000:2_000_001]
    assert part["ETag"] == first["ETag"]


def test_a_tar_of_more_than_eight_gigabytes_and_of_long_names_keeps_its_form() -> None:
    # Only headers are made here; the file need not be there.
    name = "x" * 150 + ".safetensors"
    segments = tar_segments(Path("/nowhere"), {name: 9 << 30}, "run")
    head = b"".join(segment.data for segment in segments[:1])
    with tarfile.open(fileobj=io.BytesIO(head)) as archive:
        member = archive.next()
    assert member is not None
    assert (member.name, member.size) == (f"run/{name}", 9 << 30)
    assert total_bytes(segments) % 512 == 0


def test_head_tells_length_and_hash_without_a_body(client: Client, model: Artifact) -> None:
    answer = client.head(f"/api/v1/artifacts/{model.pk}/files/model.safetensors")
    assert answer["Content-Length"] == "3000000"
    assert answer.content == b""


def test_a_log_that_is_not_there_yet_is_empty(client: Client, world: World) -> None:
    answer = client.get(f"/api/v1/jobs/{world.job.pk}/log/")
    assert answer.status_code == 200
    assert body(answer) == b""
