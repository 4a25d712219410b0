"""Bad requests to the API: a sentence by field path, never a 5xx, no rows and no files left."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.training.folder.small_disk import fill, small_disk
from tests.webapp.factories import World, make_job, make_project
from webapp.corpora.models import Upload, UploadFile
from webapp.jobs.models import Artifact, Job, JobGroup

JSON = "application/json"
HASH = "0" * 64
#: An id that nothing has; always the same, so that tests that run side by side have equal names.
NOBODY = uuid.UUID(int=7)


@pytest.fixture
def client(world: World) -> Client:
    """The owner; an exception in a view is a 500 here as it is for a browser."""
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    return client


def send(client: Client, url: str, body: Any, method: str = "post") -> Any:
    """Send bytes as they are, anything else as JSON (NaN included)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return getattr(client, method)(url, data, content_type=JSON)


def refused(answer: Any, *statuses: int) -> dict[str, list[str]]:
    """The sentences by field of an answer that must be a refusal with our body."""
    assert answer.status_code in (statuses or (400,)), answer.content[:500]
    body = answer.json()
    assert set(body) == {"message", "extra"}
    assert body["message"]
    fields: dict[str, list[str]] = body["extra"]["fields"]
    return fields


def jobs_url(world: World) -> str:
    return f"/api/v1/projects/{world.project.pk}/jobs/"


def folders(name: str) -> set[str]:
    """What lies in a folder of the home that all tests of a session share."""
    root = settings.TRAINYARD_HOME / name
    return {path.name for path in root.iterdir()} if root.exists() else set()


BODIES = [
    (b"", ""),
    (b"{", "column"),
    (b"[" * 200_000, "nests"),
    (b'{"verb": "sleep", "spec": {"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}", "nests"),
    (b'{"verb": "sleep", "spec": {"seconds": NaN}}', "NaN is no JSON number"),
    (b'{"verb": "sleep", "spec": {"seconds": 1e999}}', "1e999 is too large"),
    (b'{"verb": "sleep", "spec": {"seconds": ' + b"9" * 5000 + b"}}", "5,000 digits"),
    (b'{"verb": "sleep", "verb": "train"}', "'verb' is given twice"),
    (b'{"verb": "\\ud800"}', "surrogate"),
    (b'{"verb": "sleep", "spec": {"\\udfff": 1}}', "surrogate"),
    (b'{"verb": "sl\xff"}', "UTF-8"),
    ('{"verb": "sleep"}'.encode("utf-16"), "UTF-8"),
]


@pytest.mark.parametrize(("body", "part"), BODIES, ids=[repr(row[0][:50]) for row in BODIES])
def test_a_body_that_is_no_json_is_refused_with_the_reason(
    world: World, client: Client, body: bytes, part: str
) -> None:
    answer = send(client, jobs_url(world), body)
    refused(answer)
    assert part in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize("body", [[], None, 3, "text", True])
def test_a_body_that_is_no_object_is_refused(world: World, client: Client, body: object) -> None:
    refused(send(client, jobs_url(world), body))


def test_a_body_of_five_megabytes_is_read_and_refused_for_what_it_says(
    world: World, client: Client
) -> None:
    body = {"verb": "sleep", "spec": {"seconds": "x" * 5_000_000}}
    fields = refused(send(client, jobs_url(world), body))
    assert "must be a number; got 'xxx" in fields["seconds"][0]
    assert len(fields["seconds"][0]) < 300
    body["spec"]["seconds"] *= 2
    answer = send(client, jobs_url(world), body)
    refused(answer, 413)
    assert "longer than 8.4 MB" in answer.json()["message"]


REQUESTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "verb", "required"),
    ({"verb": "trian"}, "verb", "trian"),
    ({"verb": "sleep", "spec": [1]}, "spec", "dictionary"),
    ({"verb": "sleep", "spec": "seconds: 1"}, "spec", "dictionary"),
    ({"verb": "sleep", "spec": {"second": 1}}, "second", "Did you mean 'seconds'?"),
    ({"verb": "sleep", "spec": {"seconds": "nan"}}, "seconds", "must be a finite number"),
    ({"verb": "sleep", "spec": {"seconds": 10**30}}, "seconds", "too many digits"),
    ({"verb": "sleep", "priority": 10**30}, "priority", "less than or equal"),
    ({"verb": "sleep", "title": "x" * 300}, "title", "no more than 120"),
    ({"verb": "sleep", "title": "a\0b"}, "title", "Null characters"),
    ({"verb": "train", "spec": {"tokens": "x"}}, "tokens", "artifact:<id>, job:<id>"),
    ({"verb": "train", "spec": {"tokens": "../../db.sqlite3"}}, "tokens", "names no input"),
    ({"verb": "train", "spec": {"tokens": "a\0"}}, "tokens", "NUL character"),
    ({"verb": "train", "spec": {"tokens": f"artifact:{NOBODY}"}}, "tokens", "not in this"),
    ({"verb": "train", "spec": {"tokens": "step:\u00b2"}}, "tokens", "names no input"),
    ({"verb": "train", "spec": {"tokens": "x", "model": {"width": 100, "num_heads": 7}}},
     "model.num_heads", "Use 5 heads"),
    ({"verb": "train", "spec": {"tokens": "x", "batch_size": 10**18}}, "batch_size", "too large"),
    ({"verb": "train", "spec": {"tokens": "x", "num_processes": 3}}, "batch_size", "Use 33"),
    ({"verb": "tokenizer", "spec": {"corpus": "x", "vocab_size": 256}}, "vocab_size", "257"),
    ({"verb": "extract", "spec": {"inputs": [{"path": "/etc/passwd"}]}}, "inputs", "no input"),
    ({"verb": "extract", "spec": {}}, "inputs", "nothing to read"),
    ({"verb": "extract", "spec": {"inputs": [{"path": "a", "sorce": 1}]}}, "inputs.0.sorce",
     "Did you mean 'source'?"),
    ({"verb": "report", "spec": {"run": "/proc/self"}}, "run", "names no input"),
    ({"verb": "export", "spec": {"checkpoint": f"folder:{NOBODY}/../../x"}}, "inputs",
     "names no input"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "part"), REQUESTS, ids=[json.dumps(row[0])[:60] for row in REQUESTS]
)
def test_a_job_that_cannot_be_is_refused_by_field_and_leaves_no_row(
    world: World, client: Client, body: dict[str, Any], field: str, part: str
) -> None:
    before = folders("jobs")
    fields = refused(send(client, jobs_url(world), body))
    assert part in " ".join(fields[field])
    assert not Job.objects.exists()
    assert folders("jobs") == before


def test_an_artifact_or_job_of_another_project_is_as_if_there_were_none(
    world: World, client: Client
) -> None:
    elsewhere = make_project(world.stranger, "Secret project")
    artifact = Artifact.objects.create(project=elsewhere, kind="tokens", path="x", title="Secret")
    hidden = make_job(elsewhere, title="Secret job")
    answers = []
    for text in (f"artifact:{artifact.pk}", f"job:{hidden.pk}", f"artifact:{NOBODY}"):
        answer = send(client, jobs_url(world), {"verb": "train", "spec": {"tokens": text}})
        sentences = refused(answer)["tokens"]
        answers.append([sentence.replace(text, "?") for sentence in sentences])
        assert b"Secret" not in answer.content
    assert answers[0] == answers[1] == answers[2]
    for path in (f"jobs/{hidden.pk}", f"artifacts/{artifact.pk}"):
        refused(client.get(f"/api/v1/{path}/"), 404)
    assert Job.objects.count() == 1


def test_a_group_with_one_bad_step_leaves_nothing(world: World, client: Client) -> None:
    steps: list[dict[str, Any]] = [{"verb": "sleep"}, {"verb": "sleep", "spec": {"seconds": -1}}]
    url = f"/api/v1/projects/{world.project.pk}/groups/"
    refused(send(client, url, {"title": "g", "steps": steps}))
    for text in ("step:\u00b2", "step:" + "9" * 5000, "step:7"):
        steps[1] = {"verb": "train", "spec": {"tokens": text}}
        fields = refused(send(client, url, {"title": "g", "steps": steps}))
        assert "names no input" in fields["tokens"][0]
    assert not Job.objects.exists()
    assert not JobGroup.objects.exists()


def test_changes_of_a_copy_that_lead_nowhere_are_refused(world: World, client: Client) -> None:
    url = f"/api/v1/jobs/{make_job(world.project).pk}/clone/"
    for changes in ({"": 1}, {"seconds.x": 1}, {"..": 1}, {"seconds": None}, {"version": 99}):
        refused(send(client, url, {"changes": changes}))
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "query", ["offset=9" + "9" * 30, "limit=-1", "state=%00", "verb=x", "offset=x"]
)
def test_a_query_that_cannot_be_is_refused(world: World, client: Client, query: str) -> None:
    refused(client.get(f"{jobs_url(world)}?{query}"))


def append(client: Client, file_id: str, data: bytes, digest: str) -> Any:
    return client.patch(
        f"/api/v1/upload-files/{file_id}/", data, content_type="application/octet-stream",
        headers={"Upload-Offset": "0", "X-Chunk-SHA256": digest},
    )  # fmt: skip


def identity(**changes: Any) -> dict[str, Any]:
    return {"name": "a.txt", "num_bytes": 5, "first_sha256": HASH, "last_sha256": HASH, **changes}


NAMES = [
    ("", "name", "blank"),
    ("   ", "", "no name that could be shown; rename it"),
    ("../../x.txt", "", "points out of its folder; rename the file"),
    ("/etc/x.txt", "", "points out of its folder"),
    ("a/../../../b.md", "", "points out of its folder"),
    ("a\0.txt", "name", "Null characters"),
    ("picture.png", "", "of no known kind; accepted endings: .txt"),
    ("txt", "", "of no known kind"),
]


@pytest.mark.parametrize(("name", "field", "part"), NAMES)
def test_a_file_name_that_cannot_be_is_refused_at_its_file(
    world: World, client: Client, name: str, field: str, part: str
) -> None:
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    fields = refused(send(client, url, {"files": [identity(name=name)]}))
    assert part in " ".join(fields[f"files.0.{field}" if field else "files.0"])
    assert not Upload.objects.exists()


#: Marks that would turn or break a line are shown as what cannot be shown.
TRICKY = [
    ("\u202etxt.exe.txt", "\ufffdtxt.exe.txt"),
    ("a\nb.txt", "a\ufffdb.txt"),
    *((name, name) for name in ("CON.txt", ".txt", "<b>.txt", "\U0001f600.txt")),
]


@pytest.mark.parametrize(("name", "shown"), TRICKY)
def test_a_tricky_name_is_shown_and_never_opened(
    world: World, client: Client, name: str, shown: str
) -> None:
    before = folders("uploads")
    digest = hashlib.sha256(b"text\n").hexdigest()
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    file = identity(name=name, first_sha256=digest, last_sha256=digest)
    answer = send(client, url, {"files": [file]})
    assert answer.status_code == 201, answer.content
    row = answer.json()["files"][0]
    assert row["name"] == shown
    sent = append(client, row["id"], b"text\n", digest)
    assert sent.status_code == 200, sent.content
    assert UploadFile.objects.get().path.parent == Upload.objects.get().parts
    assert client.delete(f"/api/v1/uploads/{answer.json()['id']}/").status_code == 204
    assert not Upload.objects.exists()
    assert folders("uploads") == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"num_bytes": -1}, "num_bytes"),
        ({"num_bytes": 10**30}, "num_bytes"),
        ({"num_bytes": 2.5}, "num_bytes"),
        ({"num_bytes": "nan"}, "num_bytes"),
        ({"first_sha256": "x" * 64}, "first_sha256"),
        ({"modified_ms": -1}, "modified_ms"),
    ],
)
def test_a_file_described_wrongly_is_refused_by_field(
    world: World, client: Client, changes: dict[str, Any], field: str
) -> None:
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    assert refused(send(client, url, {"files": [identity(**changes)]}))[f"files.0.{field}"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[" * 200_000, b"[]", b'{"starts_reading": 7}', b"\xff"])
def test_finishing_with_a_bad_body_is_refused(world: World, client: Client, body: bytes) -> None:
    refused(send(client, f"/api/v1/uploads/{world.upload.pk}/finish/", body))


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "x", "9" * 30, "\u00b2", "٣"])
def test_an_offset_that_is_no_number_is_refused(world: World, client: Client, offset: str) -> None:
    file = world.upload.files.get()
    answer = client.patch(
        f"/api/v1/upload-files/{file.pk}/", b"text\n", content_type="application/octet-stream",
        headers={"Upload-Offset": offset, "X-Chunk-SHA256": HASH},
    )  # fmt: skip
    assert "Upload-Offset" in refused(answer)
    assert not file.path.exists()


@pytest.mark.django_db(transaction=True)
def test_an_upload_to_a_full_disk_is_507_and_goes_on_once_there_is_room(
    world: World, client: Client, tmp_path: Path, settings: Any
) -> None:
    data = b"one line of text\n" * 60_000
    digest = hashlib.sha256(data).hexdigest()
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    file = identity(num_bytes=len(data), first_sha256=digest, last_sha256=digest)
    with small_disk(tmp_path / "disk", num_bytes=4 << 20) as disk:
        settings.TRAINYARD_HOME = disk
        refused(send(client, url, {"files": [file]}), 507)
        assert not Upload.objects.exists()
        settings.JOBS = dataclasses.replace(settings.JOBS, min_free_bytes=0)
        started = send(client, url, {"files": [file]}).json()
        filler = fill(disk, leaving_bytes=200_000)
        for _ in range(2):
            answer = append(client, started["files"][0]["id"], data, digest)
            refused(answer, 507)
            assert "The disk of the server is full" in answer.json()["message"]
        part = UploadFile.objects.get()
        assert part.offset == 0
        assert part.path.stat().st_size == 0
        filler.unlink()
        assert append(client, str(part.pk), data, digest).json()["offset"] == len(data)
        finish = f"/api/v1/uploads/{started['id']}/finish/"
        fill(disk).stat()
        refused(send(client, finish, {}), 507)
        assert not list((disk / "uploads").glob("*.tmp"))
        assert not Artifact.objects.exists()
        (disk / "filler").unlink()
        assert send(client, finish, {}).status_code == 200
        assert Job.objects.get().verb == "extract"


def test_ids_that_are_none_are_not_found(client: Client) -> None:
    for path in (
        "jobs/%00/",
        "jobs/1/",
        "jobs/..%2f..%2fetc/",
        "artifacts/%ff/",
        f"jobs/{NOBODY}/",
    ):
        assert client.get(f"/api/v1/{path}").status_code == 404
