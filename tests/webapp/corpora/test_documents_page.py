"""The page of what each file gave: reasons with their place, only faulty files, many files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.factories import World, make_job
from training.events import EventKind, EventWriter
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State

pytestmark = pytest.mark.django_db

BAD = {
    "name": "<img src=x>.csv",
    "format": "csv",
    "num_documents": 2,
    "num_text_bytes": 900,
    "num_faults": 130,
    "faults": [
        {"what": "row", "member": "", "page": 0, "line": 7, "reason": "the quote is never closed"},
        {"what": "page", "member": "in.zip!/a.pdf", "page": 3, "line": 0, "reason": "has no text"},
    ],
    "warnings": {"converted from GB18030": 1},
    "removed": {"page numbers": 12},
    "left_out": {"redirects": 1_203},
    "refused": "",
}
REFUSED = {"name": "book.pdf", "refused": "needs a password; save it without one"}
GOOD = {"name": "fine.txt", "num_documents": 1, "num_text_bytes": 10, "num_faults": 0}


def documents(world: World, files: Any) -> Artifact:
    artifact = Artifact.objects.create(
        project=world.project, kind="documents", path="jobs/d/output"
    )
    artifact.folder.mkdir(parents=True, exist_ok=True)
    (artifact.folder / "files.json").write_text(json.dumps(files))
    return artifact


def page(client: Client, artifact: Artifact, query: str = "") -> str:
    answer = client.get(f"/documents/{artifact.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_fault_stands_with_its_place_and_each_refusal_with_its_reason(
    client: Client, world: World
) -> None:
    html = page(client, documents(world, [GOOD, BAD, REFUSED]))
    assert "row 7</strong>: the quote is never closed" in html
    assert "a.pdf" in html
    assert "page 3" in html
    assert "and 110 more" in html
    assert "book.pdf needs a password; save it without one." in html
    assert "&lt;img src=x&gt;.csv" in html
    assert "<img" not in html
    assert "converted from GB18030" in html
    assert "Left out by rule</summary>" in html
    assert "<li>redirects (1,203)</li>" in html
    assert "page numbers (12)" in html


def test_only_files_with_faults_are_shown_when_asked_for(client: Client, world: World) -> None:
    html = page(client, documents(world, [GOOD, BAD, REFUSED]), "?show=faults")
    assert "fine.txt" not in html
    assert "With faults (2)" in html
    assert "All files (3)" in html


def test_hundreds_of_files_come_in_pages(client: Client, world: World) -> None:
    artifact = documents(world, [{**GOOD, "name": f"{number:03d}.txt"} for number in range(320)])
    first, last = page(client, artifact), page(client, artifact, "?page=7")
    assert "049.txt" in first
    assert "050.txt" not in first
    assert "319.txt" in last
    assert len(first) < 60_000


@pytest.mark.parametrize("files", [{}, [1, "x"], []])
def test_a_list_that_is_missing_or_damaged_is_said(
    client: Client, world: World, files: Any
) -> None:
    assert "The list of files is missing" in page(client, documents(world, files))


def test_remedies_can_be_followed_and_long_lists_say_that_there_is_more(
    client: Client, world: World
) -> None:
    members = [{"name": f"{number}.txt", "num_documents": 1} for number in range(60)]
    archive = {**GOOD, "name": "many.zip", "num_members": 60, "members": members}
    artifact = documents(world, [archive])
    artifact.job = world.job
    artifact.save()
    html = page(client, artifact)
    assert f"/runs/new/extract/?from={world.job.pk}" in html
    assert "49.txt" in html
    assert "50.txt" not in html
    assert "and 10 more" in html
    assert "1 document<" in html


def test_a_job_under_way_tells_how_far_it_is_and_how_long_its_step_takes(
    client: Client, world: World
) -> None:
    client.force_login(world.editor)
    job = make_job(world.project, verb="clean", state=State.RUNNING)
    job.folder.root.mkdir(parents=True, exist_ok=True)
    events = EventWriter(job.folder.events)
    events.write(EventKind.PROGRESS, done=1_200, total=3_000, unit="documents", eta_seconds=95.0)
    events.flush()
    url = reverse("corpora:list", args=[world.project.pk])
    text = client.get(url).content.decode()
    assert "1,200 of 3,000 documents" in text
    assert "1 min 35 s left in this step" in text
    Job.objects.filter(pk=job.pk).update(state=State.STOPPED)
    assert "left in this step" not in client.get(url).content.decode()
