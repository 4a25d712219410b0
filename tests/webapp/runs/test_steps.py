"""The page and API of one step: what was read; without helper, without documents, of elsewhere."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from tests.webapp.builder.test_first_batch import drawn
from tests.webapp.factories import World, make_project
from tests.webapp.runs.test_pages import make_run, text_of
from training.linesocket import LineServer
from training.tokens.order import ORDER_INFO_FILE
from webapp.jobs.helper import socket_path
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


def span(text: str, documents: str | None, file: str) -> dict[str, Any]:
    origin = {"file": file, "page": None, "line": 3, "offset": None, "documents": documents}
    numbers = {"document": 1, "start": 0, "num_tokens": 4, "document_tokens": 4, "is_cut": True}
    return {**numbers, "doc_id": "00" * 16, "source": "s", "origin": origin, "text": text}


@pytest.fixture
def answering(world: World, settings: Any) -> Any:
    """A process that answers as the helper does: of this project, of another, of a task set."""
    own = Artifact.objects.create(project=world.project, kind="documents", path="jobs/a/output")
    other = make_project(world.stranger, "Other")
    foreign = Artifact.objects.create(project=other, kind="documents", path="jobs/b/output")
    pieces = [["<b>asked</b>", False], ["third", True]]
    spans = [
        span("<script>alert(1)</script> read", str(own.pk), "own.txt"),
        span("second", str(foreign.pk), "secret-name.txt"),
        span("<b>asked</b>third", None, "task.jsonl") | {"pieces": pieces},
    ]
    read = {"step": 2, "num_steps": 9, "num_rows": 1, "num_documents": 3, "sequence_length": 8}
    read["num_loss_tokens"] = 3
    result = {**read, "first_row": 0, "rows": [{"row": 5, "spans": spans}]}
    server = LineServer(socket_path(), lambda _request: {"ok": True, "result": result})
    yield own
    server.close()


def trained(world: World) -> Job:
    job = make_run(world, 60, state=State.FINISHED)
    (job.folder.root / ORDER_INFO_FILE).write_text("{}")
    return job


def test_the_page_shows_text_as_text_and_no_file_of_another_project(
    client: Client, world: World, answering: Artifact
) -> None:
    job = trained(world)
    page = text_of(client, f"/runs/{job.pk}/step/?step=2")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; read" in page
    assert f"/documents/{answering.pk}/" in page
    assert "secret-name" not in page
    assert "task.jsonl" in page
    assert "data-span>&lt;b&gt;asked&lt;/b&gt;<mark>third</mark></blockquote>" in page
    assert "Loss was taken on the 3 tokens" in page
    assert f"/api/v1/runs/{job.pk}/steps/2/?first_row=0&amp;is_whole=true" in page
    answer = client.get(f"/api/v1/runs/{job.pk}/steps/2/").json()
    origins = [one["origin"] for one in answer["rows"][0]["spans"]]
    assert [one and one["file"] for one in origins] == ["own.txt", None, "task.jsonl"]


def test_without_the_helper_the_other_parts_stand(client: Client, world: World) -> None:
    job = trained(world)
    page = text_of(client, f"/runs/{job.pk}/step/?step=50")
    assert "The helper process does not answer" in page
    assert "step 50/60 loss" in page
    assert client.get(f"/api/v1/runs/{job.pk}/steps/50/").status_code == 503


@pytest.mark.parametrize("query", ["", "?step=0", "?step=x", "?step=-1", "?step=99999999999999999"])
def test_strange_steps_are_answered(client: Client, world: World, query: str) -> None:
    text_of(client, f"/runs/{make_run(world, 10).pk}/step/{query}")


def test_a_job_that_does_not_train_says_so(client: Client, world: World) -> None:
    page = text_of(client, f"/runs/{make_run(world, 0).pk}/step/?step=1")
    assert "has stored no order of rows" in page
    assert client.get(f"/runs/{uuid.uuid4()}/step/").status_code == 404


def test_the_batch_of_a_step_is_drawn_page_by_page(client: Client, world: World) -> None:
    job, asked = trained(world), []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request["arguments"])
        return {"ok": True, "result": drawn(num_rows=20, first_row=8)}

    server = LineServer(socket_path(), answer)
    page = text_of(client, f"/runs/{job.pk}/batch/?step=2&row=8")
    api = client.get(f"/api/v1/runs/{job.pk}/steps/2/batch/?first_row=8&num_rows=3").json()
    server.close()
    wanted = {"folder": str(job.folder.root), "step": 2, "first_row": 8}
    assert asked == [{**wanted, "num_rows": 8}, {**wanted, "num_rows": 3}]
    assert "Row 5, number 9 of the batch: 2 documents, 5 targets, padding 1" in page
    assert "?step=2&amp;row=0" in page
    assert "?step=2&amp;row=9" in page
    assert api["rows"][0]["spans"][1] == [9, 0, 4, 7, 0]


def test_a_job_without_an_order_has_no_batch(client: Client, world: World) -> None:
    job = make_run(world, 60, state=State.FINISHED)
    assert "has stored no order of rows" in text_of(client, f"/runs/{job.pk}/batch/")
