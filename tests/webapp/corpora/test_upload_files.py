"""The page of one upload: each file with its SHA-256, or why it was not taken."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.webapp.corpora.sending import TEXT, announce, append, finish, identity, send, sha
from tests.webapp.factories import World
from webapp.corpora.models import Upload

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 500


@pytest.fixture
def upload(client: Client, world: World) -> Upload:
    """Two texts of one name, and a picture that calls itself a text."""
    client.force_login(world.editor)
    datas = [TEXT, TEXT[::-1], PICTURE]
    names = ["same.txt", "same.txt", "<b>picture</b>.txt"]
    files = [identity(name, data) for name, data in zip(names, datas, strict=True)]
    begun = announce(client, world, files).json()
    by_hash = {sha(data): data for data in datas}
    for row in begun["files"]:
        append(client, row["id"], 0, by_hash[row["first_sha256"]])
    told = finish(client, begun["id"], starts_reading=False).json()
    expected = {sha(TEXT): sha(TEXT), sha(TEXT[::-1]): sha(TEXT[::-1]), sha(PICTURE): ""}
    assert {row["first_sha256"]: row["sha256"] for row in told["files"]} == expected
    return Upload.objects.get(pk=begun["id"])


def test_each_file_stands_with_its_own_digest_also_under_one_name(
    client: Client, upload: Upload
) -> None:
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert sha(TEXT) in page
    assert sha(TEXT[::-1]) in page
    assert sha(PICTURE) not in page


def test_what_was_not_taken_is_counted_on_the_list_and_told_on_the_page(
    client: Client, world: World, upload: Upload
) -> None:
    listed = client.get(f"/projects/{world.project.pk}/corpora/").content.decode()
    assert f"/uploads/{upload.pk}/" in listed
    assert "(1 not taken)" in listed
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert "is a PNG image, not text." in page
    assert "<b>picture" not in page


def test_of_an_upload_on_its_way_the_page_says_how_far_it_is(client: Client, world: World) -> None:
    client.force_login(world.viewer)
    page = client.get(f"/uploads/{world.upload.pk}/").content.decode()
    assert "0 % has arrived" in page


def test_texts_can_be_read_otherwise_and_the_files_of_a_model_imported(
    client: Client, world: World, upload: Upload
) -> None:
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert f"/runs/new/extract/?artifact={upload.artifact_id}" in page
    assert "/runs/new/import/" not in page
    begun = send(client, world, {"model.gguf": b"GGUF\x03\0\0\0" + b"\0" * 64})
    told = finish(client, begun["id"], starts_reading=False).json()
    assert told["holds_model"]
    page = client.get(f"/uploads/{begun['id']}/").content.decode()
    assert f"/runs/new/import/?artifact={told['artifact']}" in page
    assert "/runs/new/extract/" not in page
