"""Names that would hide, disguise or lead elsewhere: refused with a sentence, or shown safely."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.webapp.corpora.sending import TEXT, append, finish, identity, send, start
from tests.webapp.factories import World
from webapp.corpora.models import Upload, UploadFile
from webapp.corpora.names import clean_name, common_folder, name_fault
from webapp.jobs.models import Artifact

SIGN = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("plain.txt", "plain.txt"),
        ("книга 书 كتاب.txt", "книга 书 كتاب.txt"),
        ("exe\u202etxt.txt", f"exe{SIGN}txt.txt"),
        ("line\nend\x07.txt", f"line{SIGN}end{SIGN}.txt"),
        ("folder\\a.txt", "folder/a.txt"),
        ("<script>alert(1)</script>.txt", "<script>alert(1)</script>.txt"),
        ("CON.txt", "CON.txt"),
    ],
)
def test_a_name_is_shown_with_nothing_hidden_in_it(sent: str, shown: str) -> None:
    assert clean_name(sent) == shown
    assert name_fault(shown) == ""


def test_a_name_that_is_too_long_loses_its_middle_and_keeps_its_ending() -> None:
    shown = clean_name("x" * 300 + ".jsonl")
    assert len(shown) == 255
    assert shown.endswith("xx.jsonl")
    assert "…" in shown


@pytest.mark.parametrize("name", ["../x.txt", "/etc/passwd.txt", "a/../../x.txt", "..\\x.txt"])
def test_a_name_that_points_out_of_its_folder_is_refused(name: str) -> None:
    assert "points out of its folder" in name_fault(clean_name(name))


@pytest.mark.parametrize("name", ["", " ", "...", "\u202e"])
def test_a_name_that_shows_nothing_is_refused(name: str) -> None:
    assert "has no name" in name_fault(clean_name(name))


def test_the_folder_in_which_all_files_lie() -> None:
    assert common_folder(["books/a.txt", "books/old/b.txt"]) == "books"
    assert common_folder(["books/a.txt", "b.txt"]) == ""


@pytest.mark.django_db(transaction=True)
def test_bad_names_travel_from_the_api_to_the_page_without_harm(
    client: Client, world: World
) -> None:
    names = ["<script>alert(1)<script>.txt", "a\u202efdp.txt", "../x.txt", "y" * 300 + ".txt"]
    files = {name: TEXT + str(number).encode() for number, name in enumerate(names)}
    upload = start(client, world, files).json()
    reasons = {row["name"]: row["refused"] for row in upload["files"]}
    assert [bool(reason) for reason in reasons.values()] == [False, False, True, False]
    page = client.get(f"/projects/{world.project.pk}/corpora/upload/").content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page
    for row, data in zip(upload["files"], files.values(), strict=True):
        if not row["refused"]:
            assert append(client, row["id"], 0, data).status_code == 200
    assert finish(client, upload["id"]).status_code == 200
    folder = Artifact.objects.get(kind="upload").folder
    listed = json.loads((folder / "files.json").read_text())
    assert {row["file"] for row in listed} == {"00001.txt", "00002.txt", "00003.txt"}
    page = client.get(f"/projects/{world.project.pk}/corpora/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_name_with_a_nul_character_is_refused(client: Client, world: World) -> None:
    answer = start(client, world, {"a\0.txt": TEXT})
    assert answer.status_code == 400
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_of_an_upload_is_taken_back_and_the_rest_is_finished(
    client: Client, world: World
) -> None:
    upload = start(client, world, {"a.txt": TEXT, "b.txt": TEXT[::-1]}).json()
    first, second = upload["files"]
    append(client, first["id"], 0, TEXT)
    append(client, second["id"], 0, TEXT[:700])
    part = UploadFile.objects.get(pk=second["id"]).path
    assert client.delete(f"/api/v1/upload-files/{second['id']}/").status_code == 204
    assert not part.exists()
    assert finish(client, upload["id"]).status_code == 200
    assert client.delete(f"/api/v1/upload-files/{first['id']}/").status_code == 409


def test_with_its_last_file_an_upload_goes(client: Client, world: World) -> None:
    upload = send(client, world, {"a.txt": TEXT})
    parts = Upload.objects.get().parts
    assert client.delete(f"/api/v1/upload-files/{upload['files'][0]['id']}/").status_code == 204
    assert not Upload.objects.exists()
    assert not parts.exists()


def test_titles_of_uploads_and_jobs_hide_nothing_either(client: Client, world: World) -> None:
    client.force_login(world.editor)
    body = {"title": "gnp\u202etxt", "files": [identity("a.txt", TEXT)]}
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    sent = client.post(url, body, content_type="application/json").json()
    assert sent["title"] == f"gnp{SIGN}txt"
    job = {"verb": "sleep", "spec": {}, "title": "a\u2066b"}
    url = f"/api/v1/projects/{world.project.pk}/jobs/"
    made = client.post(url, job, content_type="application/json").json()
    assert made["title"] == f"a{SIGN}b"
    url = f"/api/v1/jobs/{made['id']}/"
    renamed = client.patch(url, {"title": "می\u200cخواهم\u200f"}, content_type="application/json")
    assert renamed.json()["title"] == f"می\u200cخواهم{SIGN}"
