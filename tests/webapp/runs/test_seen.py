"""The tab and API of provenance: what the helper tells, without what is of another project."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World, make_job, make_project
from tests.webapp.runs.test_pages import make_run, text_of
from training.linesocket import LineServer
from training.tokens.order import ORDER_INFO_FILE
from webapp.jobs.helper import socket_path
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State

NONE = {
    f"{prefix}{name}": value
    for name in ("steps", "partial_steps", "later_steps")
    for prefix, value in (("", []), ("num_", 0))
}


def hit(**fields: Any) -> dict[str, Any]:
    shown = {"before": "<b>", "match": "found <i>it</i>", "after": "</b>"}
    cut = {"is_cut_before": False, "is_cut_after": True}
    place = {"start": 3, "stop": 9, "line": 1, "rows": [4], "num_tokens": 2}
    return {**shown, **cut, **place, **NONE, "answer": "never", "why": "it was cut off", **fields}


def run_told(job: Job, hits: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    origin = {"file": f"file-of-{job.pk}.txt", "page": 3, "line": None}
    text = {"index": 7, "doc_id": "00" * 16, "source": "s", "origin": origin, "num_hits": 9}
    texts = [{**text, **hits[0], "num_followed": 9, "hits": hits}]
    place = {"reached": 60, "num_steps": 90, "searched": 8, "total": 80, "next": 8}
    told = {"name": str(job.pk), "until": None, "trouble": "", "kind": "corpus", "ids": {}}
    return {**told, **place, "texts": texts, **fields}


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


@pytest.fixture
def job(world: World) -> Job:
    job = make_run(world, 60, state=State.FINISHED)
    (job.folder.root / ORDER_INFO_FILE).write_text("{}")
    return job


@pytest.fixture
def asked(world: World, job: Job, settings: Any) -> Iterator[list[dict[str, Any]]]:
    """A process that answers as the helper does; what it was asked."""
    other = make_project(world.stranger, "Other")
    foreign = make_job(other)
    own = Artifact.objects.create(project=world.project, kind="corpus", path="jobs/a/output")
    secret = Artifact.objects.create(project=other, kind="documents", path="jobs/b/output")
    base = make_run(world, 10, state=State.FINISHED)
    ids = {"corpus": str(own.pk), "documents": str(secret.pk)}
    told = [
        run_told(job, [hit(answer="seen", why="", steps=[3, 1204], num_steps=70)], ids=ids, run=0),
        run_told(base, [hit(answer="not_yet", why="its turn is at step 70")], run=1, until=25),
        run_told(foreign, [hit()], run=2, until=5),
        {"name": "elsewhere", "until": None, "trouble": "The base is gone.", "run": 3},
    ]
    requests: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        requests.append(request["arguments"])
        return {"ok": True, "result": told}

    server = LineServer(socket_path(), answer)
    yield requests
    server.close()


def test_steps_are_links_and_texts_are_text(
    client: Client, job: Job, asked: list[dict[str, Any]]
) -> None:
    page = text_of(client, f"/runs/{job.pk}/seen/?phrase=found+it&ignore_case=on")
    assert asked[0]["phrase"] == "found it"
    assert asked[0]["ignore_case"] is True
    assert asked[0]["folder"] == str(job.folder.root)
    assert "&lt;b&gt;<mark>found &lt;i&gt;it&lt;/i&gt;</mark>&lt;/b&gt;…" in page
    assert f'href="/runs/{job.pk}/step/?step=1204">1,204</a>' in page
    assert "and 68 more" in page
    assert "its turn is at step 70" in page
    assert "its steps 1 to 25 are in the base" in page
    assert "The base is gone." in page
    assert "run=0&amp;first=8" in page
    assert f"file-of-{job.pk}.txt, page 3" in page


def test_nothing_of_another_project_is_told(
    client: Client, job: Job, world: World, asked: list[dict[str, Any]]
) -> None:
    (foreign,) = Job.objects.exclude(project=world.project)
    page = text_of(client, f"/runs/{job.pk}/seen/?phrase=x")
    assert "is not of this project" in page
    assert f"file-of-{foreign.pk}" not in page
    runs = client.get(f"/api/v1/runs/{job.pk}/seen/", {"phrase": "x"}).json()
    assert [one["job"] is None for one in runs] == [False, False, True, True]
    assert "texts" not in runs[2]
    assert str(foreign.pk) not in str(runs)
    assert runs[0]["documents"] is None
    assert uuid.UUID(runs[0]["corpus"])
    assert runs[0]["texts"][0]["hits"][0]["steps"] == [3, 1204]


def test_a_page_of_one_run_is_asked_for(
    client: Client, job: Job, asked: list[dict[str, Any]]
) -> None:
    text_of(client, f"/runs/{job.pk}/seen/?phrase=x&run=1&first=8")
    assert (asked[0]["run"], asked[0]["first"]) == (1, 8)
    text_of(client, f"/runs/{job.pk}/seen/?phrase=x&run=-1&first=8")
    assert (asked[1]["run"], asked[1]["first"]) == (None, 0)


def test_without_phrase_helper_or_order_the_page_says_so(
    client: Client, world: World, job: Job
) -> None:
    assert "Type a phrase" in text_of(client, f"/runs/{job.pk}/seen/")
    assert "does not answer" in text_of(client, f"/runs/{job.pk}/seen/?phrase=x")
    sleeping = make_job(world.project)
    assert "stored no order" in text_of(client, f"/runs/{sleeping.pk}/seen/?phrase=x")
    url = f"/api/v1/runs/{job.pk}/seen/"
    assert client.get(url).status_code == 400
    assert client.get(url, {"phrase": "x" * 1001}).status_code == 400
    assert client.get(url, {"phrase": "x"}).status_code == 503
