"""What a transform did, as page and API; the way to one and on from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.webapp.corpora.test_versions import indexed
from tests.webapp.factories import World, make_job
from webapp.jobs.models import Artifact, Job

pytestmark = pytest.mark.django_db

LINE = "Listen to <b>the next</b> chapter, mail ada@example.org"
TEXTS = [f"{LINE}\nown text {n}\n{LINE}\n" for n in range(7)] + ["ok"]


@pytest.fixture
def edited(world: World, tmp_path: Path) -> Artifact:
    source = extract_texts(tmp_path, TEXTS)
    read = indexed(world, "extract", source, {"builtin": "cpython"}, "A novel")
    spec = {
        "documents": f"artifact:{read.pk}",
        "repeated_lines": {"is_on": True},
        "citations": {"is_on": True},
    }
    made = run_verb("transform", tmp_path / "made", **spec | {"documents": str(read.folder)},
                    min_characters=3)  # fmt: skip
    artifact = indexed(world, "transform", made, spec, "A novel, edited")
    artifact.sources.add(read)
    return artifact


def page(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_report_shows_counts_pieces_and_samples(client: Client, edited: Artifact) -> None:
    shown = page(client, reverse("corpora:edits", args=[edited.pk]), transform="repeated_lines")
    assert "Lines repeated in a document" in shown
    assert "1 document had fewer than 3 characters afterwards and was left out" in shown
    assert "<del>Listen to &lt;b&gt;the next&lt;/b&gt; chapter, mail &lt;EMAIL_1&gt;</del>" in shown
    assert "ada@example.org" not in shown
    assert "<b>" not in shown
    assert "stands in this document before" in shown
    assert f'<td class="is-number">{len(TEXTS) - 1}</td>' in shown
    assert reverse("corpora:version-new", args=[edited.pk]) in shown
    assert len(shown) < 60_000


def test_a_transform_that_found_nothing_says_so(client: Client, edited: Artifact) -> None:
    url = reverse("corpora:edits", args=[edited.pk])
    assert "It found nothing to change." in page(client, url, transform="citations")
    # without a name, or with an unknown one, the first is shown
    assert "It found nothing to change." in page(client, url, transform="nonsense", page="x")


def test_samples_come_in_pages(client: Client, edited: Artifact) -> None:
    url = reverse("corpora:edits", args=[edited.pk])
    first = page(client, url, transform="repeated_lines")
    second = page(client, url, transform="repeated_lines", page="2")
    assert [text.count('class="documents__item"') for text in (first, second)] == [5, 2]


def test_the_api_gives_the_report(client: Client, edited: Artifact) -> None:
    body = client.get(reverse("api:documents-edits", args=[edited.pk])).json()
    assert body["total"]["documents_after"] == len(TEXTS) - 1
    assert [row["name"] for row in body["transforms"]] == ["citations", "repeated_lines"]
    assert body["transforms"][1]["frequent"][0]["count"] == len(TEXTS) - 1
    assert "ada@example.org" not in json.dumps(body)


def test_documents_that_nobody_edited_have_no_report(client: Client, world: World) -> None:
    shown = page(client, reverse("corpora:edits", args=[world.documents.pk]))
    assert "No report of edits" in shown
    body = client.get(reverse("api:documents-edits", args=[world.documents.pk])).json()
    assert body == {"total": None, "left_out": None, "transforms": []}
    assert client.get(reverse("corpora:edits", args=[world.corpus.pk])).status_code == 404


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"total": 1}'])
def test_a_damaged_report_is_none(client: Client, edited: Artifact, text: str) -> None:
    (edited.folder / "edits.json").write_text(text)
    assert "No report of edits" in page(client, reverse("corpora:edits", args=[edited.pk]))


def test_edited_documents_name_what_they_were_made_from(client: Client, edited: Artifact) -> None:
    shown = page(client, reverse("corpora:documents", args=[edited.pk]))
    assert "Edited from" in shown
    assert reverse("corpora:edits", args=[edited.pk]) in shown
    assert f"/runs/new/transform/?from={edited.job_id}" in shown
    assert "Read again with other settings" not in shown
    listed = page(client, reverse("corpora:list", args=[edited.project_id]))
    assert "A novel, edited" in listed


def test_the_way_to_an_edit_begins_at_the_documents(client: Client, edited: Artifact) -> None:
    read = edited.sources.get()
    shown = page(client, reverse("corpora:documents", args=[read.pk]))
    form = reverse("builder:new", args=[read.project_id, "transform"])
    assert f"{form}?artifact={read.pk}" in shown
    body = page(client, form, artifact=str(read.pk))
    assert 'value="A novel, edited"' in body
    assert 'name="transform.line_rules.is_on"' in body
    # options stand there once their transform is on
    assert 'name="transform.line_rules.min_words"' not in body


def test_a_form_with_no_transform_is_sent_back_and_one_with_some_starts_a_job(
    client: Client, edited: Artifact
) -> None:
    read = edited.sources.get()
    form = reverse("builder:new", args=[read.project_id, "transform"])
    sent = {"key": "k", "shown": "basic", "start": "1", "title": "Mine",
            "transform.documents": f"artifact:{read.pk}"}  # fmt: skip
    refused = client.post(form, sent)
    assert refused.status_code == 422
    assert "no transform is on" in refused.content.decode().lower()
    started = client.post(form, {**sent, "transform.line_rules.is_on": "on"})
    assert started.status_code == 302
    assert started["Location"] == reverse("corpora:list", args=[read.project_id])
    job = Job.objects.get(verb="transform", title="Mine")
    assert job.spec["line_rules"]["is_on"] is True
    assert "Mine" in page(client, reverse("corpora:list", args=[read.project_id]))


def test_a_failed_edit_stands_on_the_list_with_the_way_to_mend_it(
    client: Client, world: World
) -> None:
    job = make_job(world.project, world.editor)
    Job.objects.filter(pk=job.pk).update(verb="transform", state="failed", title="Gone")
    listed = page(client, reverse("corpora:list", args=[world.project.pk]))
    assert "Gone" in listed
    assert f"/runs/new/transform/?from={job.pk}" in listed
