"""Taking uploads and documents away: what goes along, what stands against it, who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.corpora.sending import TEXT, append, finish, send, start
from tests.webapp.factories import World
from training.folder.artifact import write_artifact
from webapp.corpora.deletion import uploads_sweep
from webapp.corpora.limits import used_bytes
from webapp.corpora.locking import held
from webapp.corpora.models import Upload
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.deletion import trash_folder
from webapp.jobs.states import State

pytestmark = pytest.mark.django_db(transaction=True)


def sent(client: Client, world: World, *, starts_reading: bool = True) -> Upload:
    """A finished upload."""
    upload = send(client, world, {"a.txt": TEXT})
    finish(client, upload["id"], starts_reading=starts_reading)
    return Upload.objects.get(pk=upload["id"])


def read(upload: Upload, state: State = State.FINISHED) -> Job:
    """As the reading job leaves it: with documents when it has finished."""
    assert upload.job is not None
    assert upload.artifact is not None
    Job.objects.filter(pk=upload.job.pk).update(state=state)
    folder = upload.job.folder.root / "output"
    if state == State.FINISHED:
        with write_artifact(folder, "documents", inputs={"upload": upload.artifact.folder}):
            pass
        artifact_index(folder=folder, project=upload.project, job=upload.job)
    return upload.job


def delete(client: Client, upload: Upload) -> Any:
    return client.delete(f"/api/v1/uploads/{upload.pk}/")


def test_a_finished_upload_goes_with_its_folder_and_its_share(client: Client, world: World) -> None:
    upload = sent(client, world, starts_reading=False)
    folder = upload.folder
    assert used_bytes(world.project) > 0
    assert delete(client, upload).status_code == 204
    assert not Upload.objects.exists()
    assert not Artifact.objects.exists()
    assert not folder.exists()
    assert len(list(trash_folder().glob("*/00001.txt"))) == 1
    assert used_bytes(world.project) == 0


def test_an_upload_of_which_documents_were_made_is_kept_and_names_them(
    client: Client, world: World
) -> None:
    upload = sent(client, world)
    read(upload)
    answer = delete(client, upload)
    assert answer.status_code == 409
    assert answer.json()["message"] == "It is used by a. Delete or stop these first."
    assert upload.folder.is_dir()


def test_an_upload_that_is_being_read_is_kept(client: Client, world: World) -> None:
    upload = sent(client, world)
    read(upload, State.RUNNING)
    assert delete(client, upload).status_code == 409
    assert Upload.objects.exists()


def test_an_upload_goes_after_its_documents(client: Client, world: World) -> None:
    upload = sent(client, world)
    read(upload)
    documents = Artifact.objects.get(kind="documents")
    assert client.delete(f"/api/v1/jobs/{documents.job_id}/").status_code == 204
    assert not Job.objects.exists()
    assert delete(client, upload).status_code == 204
    assert not Artifact.objects.exists()


def test_a_reading_that_failed_goes_with_its_upload(client: Client, world: World) -> None:
    upload = sent(client, world)
    read(upload, State.FAILED)
    assert delete(client, upload).status_code == 204
    assert not Job.objects.exists()


def test_a_reading_that_failed_can_be_taken_off_the_list(client: Client, world: World) -> None:
    job = read(sent(client, world), State.FAILED)
    page = client.get(f"/projects/{world.project.pk}/corpora/").content.decode()
    assert f"/jobs/{job.pk}/forget/" in page
    assert client.post(f"/jobs/{job.pk}/forget/").status_code == 302
    assert not Job.objects.exists()
    assert Upload.objects.exists()


def test_documents_that_were_made_are_not_taken_off_the_list(client: Client, world: World) -> None:
    job = read(sent(client, world))
    assert client.post(f"/jobs/{job.pk}/forget/").status_code == 409
    assert Artifact.objects.filter(kind="documents").exists()


def test_documents_that_a_run_uses_are_kept(client: Client, world: World) -> None:
    reading = read(sent(client, world))
    documents = Artifact.objects.get(kind="documents")
    run = Job.objects.create(project=world.project, verb="train", title="A run on it")
    run.dependencies.create(on_artifact=documents, role="text")
    answer = client.delete(f"/api/v1/jobs/{documents.job_id}/")
    assert answer.status_code == 409
    assert "A run on it" in answer.json()["message"]
    assert Job.objects.filter(pk=reading.pk).exists()


def test_what_has_arrived_is_discarded_on_the_upload_page(client: Client, world: World) -> None:
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:700])
    upload = Upload.objects.get()
    address = f"/projects/{world.project.pk}/corpora/upload/"
    assert f"/uploads/{upload.pk}/delete/" in client.get(address).content.decode()
    answer = client.post(f"/uploads/{upload.pk}/delete/")
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert not Upload.objects.exists()
    assert not upload.parts.exists()


def test_only_editors_are_offered_to_delete(client: Client, world: World, as_user: Any) -> None:
    upload = sent(client, world, starts_reading=False)
    address = f"/projects/{world.project.pk}/corpora/"
    pages = [who.get(address).content.decode() for who in (client, as_user(world.viewer))]
    assert [f"/artifacts/{upload.artifact_id}/delete/" in page for page in pages] == [True, False]


def test_finished_uploads_are_listed_when_they_are_asked_for(client: Client, world: World) -> None:
    upload = sent(client, world, starts_reading=False)
    url = f"/api/v1/projects/{world.project.pk}/uploads/"
    assert client.get(url).json() == []
    assert [row["id"] for row in client.get(f"{url}?state=finished").json()] == [str(upload.pk)]


def test_an_upload_cut_half_way_leaves_nothing_after_the_sweep(
    client: Client, world: World
) -> None:
    upload = start(client, world, {"a.txt": TEXT}).json()
    append(client, upload["files"][0]["id"], 0, TEXT[:700])
    parts = Upload.objects.get().parts
    assert uploads_sweep(now=timezone.now() + timedelta(days=2)) == 0
    assert parts.exists()
    later = timezone.now() + timedelta(days=4)
    with held(Upload.objects.get(), alone=False):
        assert uploads_sweep(now=later) == 0
    assert uploads_sweep(now=later) == 1
    assert not parts.exists()
    assert not Upload.objects.exists()
