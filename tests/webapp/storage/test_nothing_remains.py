"""After deleting an upload no byte of it is left under the home folder, but in what is kept.

A unique word is planted in an upload (and in the name of its file), the whole chain runs on it, and
every file of the home folder is searched: database, its log, Parquet columns as decoded, trash.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.test import Client

from tests.webapp.corpora.sending import finish, send
from tests.webapp.factories import World
from tests.webapp.storage.chain import TRAIN, ref, run, run_job
from webapp.corpora.models import Upload
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.deletion import empty_trash, trash_folder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.editor)
    return client


@pytest.fixture
def word() -> str:
    return f"zanzibarquux{uuid.uuid4().hex}"


def rows_with(word: str) -> bytes:
    """Sixty documents of words that do not repeat, the planted one in each."""
    rng = random.Random(1)
    rows = []
    for _ in range(60):
        sizes = [rng.randrange(2, 9) for _ in range(120)]
        words = ["".join(rng.choices("abcdefghiklmnoprstu", k=size)) for size in sizes]
        words[::3] = rng.choices(["the", "of", "and", "to", "that", "is", "with"], k=40)
        text = f"The {' '.join(words)} and of {word} that is to be with {' '.join(words[::-1])}."
        rows.append(json.dumps({"text": text}))
    return "\n".join(rows).encode()


def uploaded(client: Client, world: World, word: str) -> Upload:
    upload = send(client, world, {f"{word}.jsonl": rows_with(word)})
    assert finish(client, upload["id"]).status_code == 200
    return Upload.objects.get()


def searched(home: Path, word: str) -> Iterator[Path]:
    """Files that hold the word in their name, their bytes, or (Parquet) their columns."""
    for path in home.rglob("*"):
        if word in path.name:
            yield path
        if not path.is_file():
            continue
        is_table = path.suffix == ".parquet"
        if word.encode() in path.read_bytes() or (is_table and word in columns_of(path)):
            yield path


def columns_of(path: Path) -> str:
    return str(pq.read_table(path).to_pydict())


def holders(word: str) -> set[Path]:
    return {
        path.relative_to(settings.TRAINYARD_HOME)
        for path in searched(settings.TRAINYARD_HOME, word)
    }


def empty_all_trash() -> None:
    """What the queue is asked to do."""
    for folder in trash_folder().iterdir():
        empty_trash(folder.name)


def chain(client: Client, world: World, word: str) -> tuple[Upload, dict[str, Artifact]]:
    upload = uploaded(client, world, word)
    assert upload.job is not None
    made = {"documents": run_job(upload.job)}
    made["corpus"] = run(world, "clean", documents=ref(made["documents"]))
    made["tokenizer"] = run(world, "tokenizer", corpus=ref(made["corpus"]), vocab_size=600)
    made["tokens"] = run(
        world, "tokenize", corpus=ref(made["corpus"]), tokenizer=ref(made["tokenizer"])
    )
    made["model"] = run(world, "train", tokens=ref(made["tokens"]), **TRAIN)
    return upload, made


@pytest.mark.slow
def test_of_a_deleted_upload_and_a_whole_chain_no_byte_is_left(
    client: Client, world: World, word: str
) -> None:
    upload, made = chain(client, world, word)
    assert upload.artifact is not None
    before = holders(word)
    assert any("sqlite3" in path.name for path in before)
    assert any(path.suffix == ".parquet" for path in before)
    derived = client.get(f"/api/v1/artifacts/{upload.artifact.pk}/derived/").json()
    assert [row["verb"] for row in derived["jobs"]] == [
        "extract", "clean", "tokenizer", "tokenize", "train",
    ]  # fmt: skip
    page = client.get(f"/artifacts/{upload.artifact.pk}/delete/").content.decode()
    assert "Keep The tokenizer" in page
    assert 'Keep The tokenize"' not in page
    answer = client.post(f"/artifacts/{upload.artifact.pk}/delete/")
    assert answer.status_code == 302, answer.content.decode()
    empty_all_trash()
    assert not Job.objects.exists()
    assert not Artifact.objects.exists()
    assert not Upload.objects.exists()
    assert holders(word) == set()
    assert not made["model"].folder.exists()


@pytest.mark.slow
def test_what_is_kept_stays_whole_and_is_said(client: Client, world: World, word: str) -> None:
    upload = uploaded(client, world, word)
    assert upload.job is not None
    assert upload.artifact is not None
    documents = run_job(upload.job)
    corpus = run(world, "clean", documents=ref(documents))
    tokenizer = run(world, "tokenizer", corpus=ref(corpus), vocab_size=600)
    url = f"/artifacts/{upload.artifact.pk}/delete/"
    answer = client.post(url, {"keep": str(tokenizer.job_id)}, follow=True)
    assert "Kept: The tokenizer." in answer.content.decode()
    empty_all_trash()
    assert [job.verb for job in Job.objects.all()] == ["tokenizer"]
    assert (tokenizer.folder / "tokenizer.json").is_file()
    kept = str(tokenizer.job_id)
    assert all(kept in path.parts for path in holders(word))


def test_of_a_deleted_upload_and_its_documents_no_byte_is_left(
    client: Client, world: World, word: str
) -> None:
    upload = uploaded(client, world, word)
    assert upload.job is not None
    assert upload.artifact is not None
    run_job(upload.job)
    before = holders(word)
    assert any("sqlite3" in path.name for path in before)
    assert any(path.suffix == ".parquet" for path in before)
    url = f"/api/v1/artifacts/{upload.artifact.pk}/derived/"
    assert client.delete(url).status_code == 204
    assert any("trash" in path.parts for path in holders(word))
    empty_all_trash()
    assert holders(word) == set()


def test_of_a_deleted_upload_its_task_set_and_its_exports_no_byte_is_left(
    client: Client, world: World, word: str
) -> None:
    upload = uploaded(client, world, word)
    assert upload.job is not None
    assert upload.artifact is not None
    documents = run_job(upload.job)
    corpus = run(world, "clean", documents=ref(documents), preset="off")
    made = [
        run(world, "export_corpus", corpus=ref(corpus), format=format)
        for format in ("jsonl.zst", "parquet")
    ]
    made.append(run(world, "tasks", upload=ref(upload.artifact)))
    for artifact in made:
        assert artifact.folder.is_dir()
    page = client.get(f"/projects/{world.project.pk}/settings/storage/").content.decode()
    assert "Exported corpora" in page
    url = f"/api/v1/artifacts/{upload.artifact.pk}/derived/"
    assert client.delete(url).status_code == 204
    empty_all_trash()
    assert holders(word) == set()
    assert not any(artifact.folder.exists() for artifact in made)


def test_documents_cannot_be_kept_without_their_upload(
    client: Client, world: World, word: str
) -> None:
    upload = uploaded(client, world, word)
    assert upload.artifact is not None
    url = f"/api/v1/artifacts/{upload.artifact.pk}/"
    Job.objects.update(state="finished")
    answer = client.delete(f"{url}derived/?keep={upload.job_id}")
    assert answer.status_code == 400
    assert "cannot be kept" in answer.json()["message"]
    assert Upload.objects.exists()


@pytest.mark.parametrize(("state", "status"), [("running", 409), ("waiting", 204)])
def test_what_runs_stands_against_it_and_what_waits_goes(
    client: Client, world: World, word: str, state: str, status: int
) -> None:
    upload = uploaded(client, world, word)
    assert upload.artifact is not None
    Job.objects.update(state=state)
    answer: Any = client.delete(f"/api/v1/artifacts/{upload.artifact.pk}/derived/")
    assert answer.status_code == status
    assert Job.objects.exists() == (status == 409)
