"""Requests that overlap: nothing that is stored is lost, nothing is taken that was not announced.

A request that has read its row before another one changed it is played by calling what stands
behind the view with the old row.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponseBase
from django.test import AsyncRequestFactory, Client

from tests.webapp.corpora.sending import TEXT, append, finish, send, sha, start
from tests.webapp.factories import World
from webapp.accounts.services import api_token_create
from webapp.core.errors import ApplicationError
from webapp.core.streaming import BODY, Body
from webapp.corpora.finishing import finish as finish_view
from webapp.corpora.locking import BusyError, held
from webapp.corpora.models import Upload, UploadFile
from webapp.corpora.receiving import Chunk
from webapp.corpora.services import upload_finish
from webapp.corpora.uploading import receive, store_chunk
from webapp.jobs.models import Artifact

pytestmark = pytest.mark.django_db(transaction=True)

HALF = len(TEXT) // 2
Result = TypeVar("Result")


def in_a_loop(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine; connections that its threads opened are closed again."""

    async def run() -> Result:
        try:
            return await work()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(run())


def by_token(world: World, **headers: str) -> dict[str, Any]:
    """What makes a request one of the editor."""
    _, token = api_token_create(user=world.editor, name="script", num_days=None)
    return {"headers": {"Authorization": f"Bearer {token}", **headers}}


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


def store(file: UploadFile, offset: int, data: bytes, digest: str = "") -> HttpResponseBase:
    chunk = Chunk(offset, digest or sha(data))
    return in_a_loop(lambda: store_chunk(file, chunk, pieces(data)))


def only_file() -> UploadFile:
    return UploadFile.objects.select_related("upload__project").get()


def stored_text() -> Path:
    listed = json.loads((Artifact.objects.get().folder / "files.json").read_text())
    return Artifact.objects.get().folder / listed[0]["file"]


def test_a_request_with_an_old_row_does_not_cut_off_what_another_has_stored(
    client: Client, world: World
) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    old = only_file()
    append(client, row["id"], 0, TEXT[:HALF])
    answer = store(old, 0, b"something else that is cut off", digest=sha(TEXT[:HALF]))
    assert answer.status_code == 409
    assert json.loads(answer.content)["offset"] == HALF  # type: ignore[attr-defined]
    assert only_file().path.read_bytes() == TEXT[:HALF]


def test_a_request_with_an_old_row_cannot_write_into_a_finished_upload(
    client: Client, world: World
) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    old = only_file()
    old.offset = 0
    assert finish(client, upload["id"]).status_code == 200
    with pytest.raises(ApplicationError, match="This upload is finished"):
        store(old, 0, TEXT[:HALF])
    assert stored_text().read_bytes() == TEXT


def test_a_given_up_request_holds_the_file_until_its_chunk_is_stored(world: World) -> None:
    """The browser goes away after its last byte: half done would be worse than done."""
    world.upload.files.update(num_bytes=len(TEXT))
    file = only_file()
    path = file.path
    asked = by_token(world, **{"Upload-Offset": "0", "X-Chunk-SHA256": sha(TEXT)})

    async def give_up() -> None:
        arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        request = AsyncRequestFactory().patch("/", **asked)
        request.scope[BODY] = Body(arrived.get)
        arrived.put_nowait({"type": "http.request", "body": TEXT[:HALF], "more_body": True})
        answer = asyncio.create_task(receive(request, file_id=file.pk))
        while not (path.exists() and arrived.empty()):
            await asyncio.sleep(0.01)
        answer.cancel()
        await asyncio.sleep(0.05)
        assert not answer.done()
        arrived.put_nowait({"type": "http.request", "body": TEXT[HALF:]})
        with pytest.raises(asyncio.CancelledError):
            await answer

    in_a_loop(give_up)
    file.refresh_from_db()
    assert file.offset == path.stat().st_size == len(TEXT)


def test_a_file_that_the_disk_has_lost_is_sent_again_from_its_beginning(
    client: Client, world: World
) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    row = upload["files"][0]
    append(client, row["id"], 0, TEXT[:HALF])
    only_file().path.write_bytes(b"")
    answer = append(client, row["id"], HALF, TEXT[HALF:])
    assert (answer.status_code, answer.json()["offset"]) == (409, 0)
    assert "lost a part of a.txt" in answer.json()["message"]
    append(client, row["id"], 0, TEXT)
    assert finish(client, upload["id"]).status_code == 200
    assert stored_text().read_bytes() == TEXT


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (b"", "Of a.txt 0 B are on the server instead of 2.3 kB."),
        (b"\0" * len(TEXT), "The beginning of a.txt is not what was announced"),
    ],
)
def test_what_is_not_as_announced_is_not_finished_but_sent_again(
    client: Client, world: World, left: bytes, sentence: str
) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    only_file().path.write_bytes(left)
    answer = finish(client, upload["id"])
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(sentence)
    assert not Artifact.objects.exists()
    assert only_file().offset == 0
    send(client, world, {"a.txt": TEXT})
    assert finish(client, upload["id"]).status_code == 200


def test_a_file_that_changed_while_it_was_sent_is_found_by_its_end(
    client: Client, world: World
) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    UploadFile.objects.update(last_sha256=sha(b"as it was"))
    append(client, upload["files"][0]["id"], 0, TEXT)
    answer = finish(client, upload["id"])
    assert answer.json()["message"].startswith("The end of a.txt is not what was announced")


def test_while_an_upload_is_checked_nothing_else_touches_it(client: Client, world: World) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    row = Upload.objects.get()
    with held(row, alone=True):
        answers = [
            append(client, upload["files"][0]["id"], len(TEXT), b""),
            start(client, world, {"a.txt": TEXT}),
            client.delete(f"/api/v1/uploads/{row.pk}/"),
            finish(client, upload["id"]),
        ]
    assert {answer.status_code for answer in answers} == {409}
    assert {answer.json()["message"] for answer in answers} == {
        "This upload is being checked; wait until that is done."
    }
    assert answers[0].headers["Retry-After"] == answers[-1].headers["Retry-After"] == "1"
    assert finish(client, upload["id"]).status_code == 200


def test_an_upload_is_not_finished_while_a_chunk_is_under_way(client: Client, world: World) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    with held(Upload.objects.get(), alone=False):
        answer = finish(client, upload["id"])
    assert answer.status_code == 409
    assert "is just being sent" in answer.json()["message"]


def test_of_two_finishes_at_once_one_makes_the_artifact(
    client: Client, world: World, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    text = TEXT * 7_000
    send(client, world, {"a.txt": text})
    uploads = [Upload.objects.get() for _ in range(2)]

    def finished(upload: Upload) -> object:
        try:
            return str(upload_finish(upload=upload).artifact_id)
        except BusyError as busy:
            return busy
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(finished, uploads))
    made = str(Artifact.objects.get(kind="upload").pk)
    assert made in results
    assert all(isinstance(one, BusyError) or one == made for one in results)
    assert stored_text().read_bytes() == text


def test_finishing_needs_no_thread_of_the_pool_that_live_pages_use(
    client: Client, world: World
) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    request = AsyncRequestFactory().post("/", "{}", "application/json", **by_token(world))

    async def with_a_full_pool() -> int:
        pool = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(pool)
        pool.shutdown()
        return (await finish_view(request, upload_id=uuid.UUID(upload["id"]))).status_code

    assert in_a_loop(with_a_full_pool) == 200
