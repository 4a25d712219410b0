"""Uploads over the API: chunks, going on after an interruption, what is refused, what is left."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.corpora.sending import TEXT, announce, append, finish, identity, send, sha, start
from tests.webapp.factories import World
from training.folder.artifact import load_manifest
from webapp.corpora.models import Upload, UploadFile
from webapp.jobs.models import Artifact, Job

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.mark.django_db(transaction=True)
def test_chunks_become_an_artifact_whose_files_are_what_was_sent(
    client: Client, world: World
) -> None:
    upload = start(client, world, {"a.txt": TEXT, "b.md": b"# Head\n\ntext\n"}).json()
    first, second = upload["files"]
    assert append(client, first["id"], 0, TEXT[:1000]).json()["offset"] == 1000
    assert append(client, first["id"], 1000, TEXT[1000:]).json()["offset"] == len(TEXT)
    assert append(client, second["id"], 0, b"# Head\n\ntext\n").status_code == 200
    done = finish(client, upload["id"])
    assert done.status_code == 200, done.content
    artifact = Artifact.objects.get(pk=done.json()["artifact"])
    manifest = load_manifest(artifact.folder)
    assert manifest.kind == "upload"
    listed = json.loads((artifact.folder / "files.json").read_text())
    assert [row["name"] for row in listed] == ["a.txt", "b.md"]
    assert (artifact.folder / listed[0]["file"]).read_bytes() == TEXT
    assert listed[0]["sha256"] == sha(TEXT) == manifest.files[listed[0]["file"]]["sha256"]
    assert not Upload.objects.get().parts.exists()
    job = Upload.objects.get().job
    assert job is not None
    assert (job.verb, job.spec["upload"]) == ("extract", f"artifact:{artifact.pk}")


@pytest.mark.django_db(transaction=True)
def test_finishing_twice_gives_one_artifact_and_one_job(client: Client, world: World) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    first, second = finish(client, upload["id"]).json(), finish(client, upload["id"]).json()
    assert (first["artifact"], first["job"]) == (second["artifact"], second["job"])
    assert Artifact.objects.filter(kind="upload").count() == 1


def test_a_file_chosen_again_goes_on_where_it_stopped(client: Client, world: World) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    append(client, upload["files"][0]["id"], 0, TEXT[:700])
    again = start(client, world, {"a.txt": TEXT}).json()
    assert again["id"] == upload["id"]
    assert again["files"][0]["offset"] == 700


def test_another_file_of_the_same_name_and_size_begins_anew(client: Client, world: World) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    append(client, upload["files"][0]["id"], 0, TEXT[:700])
    other = start(client, world, {"a.txt": TEXT[::-1]}).json()
    assert other["id"] != upload["id"]
    assert other["files"][0]["offset"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_chosen_twice_is_sent_once(client: Client, world: World) -> None:
    same = identity("a.txt", TEXT)
    upload = announce(client, world, [same, identity("b.txt", TEXT[:900]), same]).json()
    assert [row["name"] for row in upload["files"]] == ["a.txt", "b.txt"]
    assert upload["title"] == "a and 1 more"
    for row, data in zip(upload["files"], [TEXT, TEXT[:900]], strict=True):
        append(client, row["id"], 0, data)
    assert finish(client, upload["id"]).status_code == 200


def test_of_a_refused_file_that_is_chosen_twice_both_are_told(client: Client, world: World) -> None:
    same = identity("book.docx", TEXT)
    answer = announce(client, world, [same, same]).json()
    assert set(answer["extra"]["fields"]) == {"files.0", "files.1"}
    assert answer["message"].count("book.docx is of no known kind") == 1


@pytest.mark.django_db(transaction=True)
def test_of_an_interrupted_upload_all_files_are_needed_and_the_answer_says_so(
    client: Client, world: World
) -> None:
    start(client, world, {"a.txt": TEXT, "b.txt": TEXT[::-1]})
    again = send(client, world, {"a.txt": TEXT, "b.txt": TEXT[::-1]} | {"b.txt": TEXT[:5]})
    answer = finish(client, again["id"])
    assert answer.status_code == 409
    assert "Choose these files too, or discard the upload." in answer.json()["message"]


def test_a_chunk_at_the_wrong_place_is_told_the_right_one(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:100])
    answer = append(client, row["id"], 0, TEXT[:100])
    assert answer.status_code == 409
    assert answer.json()["offset"] == 100


def test_a_chunk_that_arrives_changed_leaves_nothing(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:100])
    answer = append(client, row["id"], 100, TEXT[100:200], digest=sha(b"something else"))
    assert answer.status_code == 422
    file = UploadFile.objects.get()
    assert (file.offset, file.path.stat().st_size) == (100, 100)


def test_more_than_the_file_has_is_refused(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    assert append(client, row["id"], 0, TEXT + b"more").status_code == 413
    assert UploadFile.objects.get().path.stat().st_size == 0


def test_bytes_that_a_killed_server_left_are_written_over(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:100])
    with UploadFile.objects.get().path.open("ab") as file:
        file.write(b"bytes that no row knows of")
    append(client, row["id"], 100, TEXT[100:])
    assert UploadFile.objects.get().path.read_bytes() == TEXT


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (
            "picture.txt",
            b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
            "picture.txt is a PNG image, not text.",
        ),
        ("empty.txt", b"", "empty.txt is empty (0 bytes)."),
        ("book.docx", b"PK", "book.docx is of no known kind; accepted endings: .txt"),
        ("book.pdf", TEXT, "book.pdf is named .pdf but is no PDF: it holds text"),
        ("book.epub", TEXT, "book.epub is named .epub but is no EPUB book"),
        ("../x.txt", TEXT, "The name ../x.txt points out of its folder; rename the file."),
        ("/etc/x.txt", TEXT, "The name /etc/x.txt points out of its folder"),
        ("noise.md", bytes(range(256)) * 8, "noise.md is not UTF-8 text"),
    ],
)
def test_what_is_no_text_gets_one_sentence_at_its_file(
    client: Client, world: World, name: str, data: bytes, sentence: str
) -> None:
    answer = start(client, world, {name: data})
    if answer.status_code == 201:
        row = answer.json()["files"][0]
        answer = append(client, row["id"], 0, data)
        assert answer.status_code == 415
        assert not Upload.objects.exists()
    else:
        assert list(answer.json()["extra"]["fields"]) == ["files.0"]
    assert answer.json()["message"].startswith(sentence)


@pytest.mark.django_db(transaction=True)
def test_a_refused_file_does_not_keep_the_others_from_arriving(
    client: Client, world: World
) -> None:
    upload = send(client, world, {"a.txt": TEXT, "b.txt": PNG, "c.txt": b""})
    assert finish(client, upload["id"]).status_code == 200
    folder = Artifact.objects.get(kind="upload").folder
    assert [row["name"] for row in json.loads((folder / "files.json").read_text())] == ["a.txt"]


@pytest.mark.django_db(transaction=True)
def test_an_upload_cut_half_way_cannot_be_finished(client: Client, world: World) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    append(client, upload["files"][0]["id"], 0, TEXT[:700])
    answer = finish(client, upload["id"])
    assert answer.status_code == 409
    assert "a.txt" in answer.json()["message"]


def test_more_than_the_share_of_the_project_is_413_with_the_numbers(
    client: Client, world: World, settings: Any
) -> None:
    settings.UPLOAD_QUOTA_BYTES = 10
    answer = start(client, world, {"a.txt": TEXT})
    assert answer.status_code == 413
    assert "2.3 kB" in answer.json()["message"]
    assert not Upload.objects.exists()


def test_an_upload_larger_than_the_disk_is_507(client: Client, world: World) -> None:
    body = {"files": [{**identity("a.txt", TEXT), "num_bytes": 10**12}]}
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code in {413, 507}
    assert not Upload.objects.exists()


def test_a_chunk_without_its_hash_says_what_is_missing(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    answer = client.patch(f"/api/v1/upload-files/{row['id']}/", b"x")
    assert answer.status_code == 400
    assert set(answer.json()["extra"]["fields"]) == {"Upload-Offset", "X-Chunk-SHA256"}


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


WEIGHTS = (2).to_bytes(8, "little") + b"{}"
ROWS = b'{"instruction": "Say yes", "output": "yes"}\n'


@pytest.mark.django_db(transaction=True)
def test_rows_to_tune_on_are_not_read_as_documents(client: Client, world: World) -> None:
    upload = send(client, world, {"rows.jsonl": ROWS, "more.csv": b"prompt,answer\na,b\n"})
    told = finish(client, upload["id"]).json()
    assert told["holds_examples"]
    assert told["job"] is None
    assert {file["name"]: file["sha256"] for file in told["files"]}["rows.jsonl"] == sha(ROWS)
    page = client.get(f"/projects/{world.project.pk}/corpora/").content.decode()
    assert f"/task-sets/new/?upload={told['artifact']}" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "files",
    [
        {"m/config.json": b"{}", "m/model.safetensors": WEIGHTS, "m/tokenizer.model": b"y"},
        {"model.Q4_0.gguf": b"GGUF"},
        {"model.zip": zipped({"m/config.json": b"{}", "m/model.safetensors": b"x"})},
    ],
)
def test_the_files_of_a_model_wait_for_an_import(client: Client, world: World, files) -> None:
    told = finish(client, send(client, world, files)["id"]).json()
    assert told["holds_model"]
    assert told["job"] is None
    page = client.get(f"/projects/{world.project.pk}/runs/new/import/?artifact={told['artifact']}")
    assert f'value="artifact:{told["artifact"]}" selected' in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_every_file_of_a_model_is_taken_its_config_too(client: Client, world: World) -> None:
    files = {"m/config.json": b'{"a": 1}', "m/model.safetensors": WEIGHTS, "m/rows.json": b"[{}]"}
    told = finish(client, send(client, world, files)["id"]).json()
    assert {file["name"]: file["refused"] for file in told["files"]} == dict.fromkeys(files, "")
    artifact = Artifact.objects.get(pk=told["artifact"])
    listed = json.loads((artifact.folder / "files.json").read_text())
    assert sorted(one["name"] for one in listed) == sorted(files)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "files",
    [
        {"t/tokenizer.json": b"{}", "t/tokenizer_config.json": b"{}"},
        {"spiece.model": b"y"},
        {"cl100k_base.tiktoken": b"IQ== 0"},
    ],
)
def test_a_tokenizer_waits_for_an_import(client: Client, world: World, files) -> None:
    told = finish(client, send(client, world, files)["id"]).json()
    assert told["holds_tokenizer"]
    assert not told["holds_model"]
    assert told["job"] is None
    url = f"/projects/{world.project.pk}/runs/new/import_tokenizer/?artifact={told['artifact']}"
    assert f'value="artifact:{told["artifact"]}" selected' in client.get(url).content.decode()
    page = client.get(f"/uploads/{told['id']}/").content.decode()
    assert "Import the tokenizer" in page


@pytest.mark.django_db(transaction=True)
def test_a_zip_of_texts_is_no_model(client: Client, world: World) -> None:
    packed = zipped({"about-model.safetensors.txt": TEXT})
    told = finish(client, send(client, world, {"texts.zip": packed})["id"]).json()
    assert not told["holds_model"]
    assert told["job"] is not None


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("m.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("m.safetensors", b"\x80\x04\x95" + bytes(20), "is a pickled checkpoint"),
        ("m.safetensors", b"PK\x03\x04" + bytes(20), "is a pickled checkpoint"),
        ("m.gguf", b"GGML" + bytes(20), "does not begin as a gguf file does"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_weights_that_are_none_are_refused_at_their_first_bytes(
    client: Client, world: World, name: str, data: bytes, sentence: str
) -> None:
    row = start(client, world, {name: data}).json()["files"][0]
    answer = append(client, row["id"], 0, data)
    assert answer.status_code == 415
    assert sentence in answer.content.decode()


def test_pickles_are_refused_by_name_with_the_remedy(client: Client, world: World) -> None:
    for ending in (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"):
        answer = start(client, world, {f"model{ending}": b"x"})
        assert answer.status_code == 400
        assert "may be a pickled checkpoint" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_documents_among_rows_are_read(client: Client, world: World) -> None:
    upload = send(client, world, {"rows.jsonl": ROWS, "text.txt": TEXT})
    told = finish(client, upload["id"]).json()
    assert not told["holds_examples"]
    assert told["job"] is not None


@pytest.mark.django_db(transaction=True)
def test_a_reading_that_failed_leads_to_a_task_set(client: Client, world: World) -> None:
    upload = send(client, world, {"text.txt": TEXT})
    told = finish(client, upload["id"]).json()
    Job.objects.filter(pk=told["job"]).update(state="failed", reason_code="data")
    page = client.get(f"/projects/{world.project.pk}/corpora/").content.decode()
    assert f'?upload={told["artifact"]}">Make a task set of this upload' in page


def test_the_list_of_texts_costs_a_fixed_number_of_queries(
    client: Client, world: World, django_assert_num_queries: Any
) -> None:
    """Session, user, project, its menu; jobs; a count and a page of each list; uses."""
    for rows in (2, 6):
        for number in range(rows):
            _one_of_each(client, world, f"{rows}-{number}")
        with django_assert_num_queries(14):
            assert client.get(f"/projects/{world.project.pk}/corpora/").status_code == 200


def _one_of_each(client: Client, world: World, name: str) -> None:
    """A begun upload, a finished one, documents, and a corpus of them."""
    start(client, world, {f"{name}.txt": TEXT + name.encode()})
    documents, upload, corpus = (
        Artifact.objects.create(project=world.project, kind=kind, path=f"{kind}/{name}")
        for kind in ("documents", "upload", "corpus")
    )
    Upload.objects.create(project=world.project, artifact=upload, expires_at=timezone.now())
    corpus.sources.add(documents)


def test_a_chunk_waits_while_the_disk_has_less_than_is_reserved(
    client: Client, world: World, settings: Any
) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:700])
    reserved = settings.JOBS
    settings.JOBS = dataclasses.replace(reserved, min_free_bytes=10**18)
    answer = append(client, row["id"], 700, TEXT[700:])
    assert answer.status_code == 507
    assert "What arrived before is kept; make space and send the rest." in answer.json()["message"]
    assert UploadFile.objects.get().path.stat().st_size == 700
    settings.JOBS = reserved
    assert append(client, row["id"], 700, TEXT[700:]).json()["offset"] == len(TEXT)
