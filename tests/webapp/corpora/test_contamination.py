"""Searches for evaluation sets as pages and API, made by the real verb, read by the real helper."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.webapp.corpora.test_versions import cleaned, helper, indexed
from tests.webapp.factories import World
from training.errors import SpecError
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create

__all__ = ["helper"]

LONG = " ".join(f"word{n}" for n in range(30))
BOLD = f"<b>bold</b> {LONG[:60]} ada@example.org <script>alert(1)</script> one two three four five"
TEXTS = ["nothing here", f"before {LONG} behind", f"He wrote: {BOLD}", LONG[:120]]
ROWS = [
    {"id": "long", "question": LONG},
    {"id": "<i>bold</i>", "question": BOLD},
    {"id": "short", "question": "Who is it?"},
]


@pytest.fixture
def documents(world: World, tmp_path: Path) -> Artifact:
    output = extract_texts(tmp_path, TEXTS)
    return indexed(world, "extract", output, {"builtin": "cpython"}, "Texts")


@pytest.fixture
def search(world: World, documents: Artifact, tmp_path: Path) -> Artifact:
    lines = [json.dumps(row) for row in ROWS] + ["[]"]
    (tmp_path / "quiz.jsonl").write_text("\n".join(lines))
    output = run_verb(
        "decontaminate", tmp_path / "search", documents=str(documents.folder),
        inputs=[{"path": str(tmp_path / "quiz.jsonl")}],
    )  # fmt: skip
    spec = {"documents": f"artifact:{documents.pk}", "upload": f"artifact:{uploaded(world).pk}"}
    found = indexed(world, "decontaminate", output, spec, "Quiz")
    found.sources.add(documents)
    set_path(found, documents)
    return found


@pytest.fixture
def version(world: World, documents: Artifact, tmp_path: Path) -> Artifact:
    return cleaned(world, documents, tmp_path / "clean", word_count={"at_least": 1})


def uploaded(world: World) -> Artifact:
    path = "uploads/quiz"
    return Artifact.objects.create(project=world.project, kind="upload", path=path)


def set_path(search: Artifact, documents: Artifact) -> None:
    """Where the output is now, its documents must be found."""
    file = search.folder / "contamination.json"
    info = json.loads(file.read_text())
    info["documents_path"] = os.path.relpath(documents.folder, search.folder)
    file.write_text(json.dumps(info))
    manifest = json.loads((search.folder / "manifest.json").read_text())
    manifest["files"]["contamination.json"]["num_bytes"] = file.stat().st_size
    (search.folder / "manifest.json").write_text(json.dumps(manifest))


def page(client: Client, search: Artifact, **query: Any) -> str:
    response = client.get(reverse("corpora:contamination", args=[search.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_by_set_and_shows_hits_side_by_side(
    client: Client, search: Artifact, helper: None
) -> None:
    text = page(client, search)
    assert "1 item is too short to mean anything" in text
    assert '<td class="is-number">2 <span class="is-faint">(100' in text
    assert "line 4" in text
    assert "the line is a list, not an object" in text
    assert f"<mark>{LONG}</mark>" in text
    assert "18 runs of 13 words" in text
    assert "5 hits" not in text
    assert "3 hits in 3 documents" in text
    # What files say is never markup, and personal data is masked on both sides.
    assert "<script>alert" not in text
    assert "<i>bold" not in text
    assert html.escape("<i>bold</i>") in text
    assert "ada@example.org" not in text
    assert text.count(html.escape("<EMAIL_1>")) == 2


def test_hits_can_be_asked_for_by_set_item_and_page(
    client: Client, search: Artifact, helper: None
) -> None:
    assert "2 hits in 2 documents" in page(client, search, item="0")
    assert "3 hits in 3 documents" in page(client, search, set="quiz")
    assert "0 hits in 0 documents" in page(client, search, set="other")
    assert "There is no hit on this page." in page(client, search, page="2")
    for odd in ("-1", "x", "9" * 40, "1e5"):
        assert "3 hits in 3 documents" in page(client, search, item=odd, page="nan")


def test_the_api_says_the_same(
    client: Client, world: World, search: Artifact, helper: None
) -> None:
    body = client.get(reverse("api:contamination", args=[search.pk])).json()
    assert body["sets"] == [
        {"name": "quiz", "items": 3, "searched": 2, "too_short": 1, "template": 0,
         "contaminated": 2, "contaminated_half": 2, "contaminated_most": 2, "documents": 3,
         "left_out": [["too_short", ["short"]]]},
    ]  # fmt: skip
    assert body["faults"] == [
        "quiz.jsonl: 1 line was left out, line 4: the line is a list, not an object."
    ]
    hits = client.get(reverse("api:contamination-hits", args=[search.pk]), {"item": 0}).json()
    assert (hits["num_hits"], hits["trouble"]) == (2, "")
    first = hits["hits"][0]
    assert (first["index"], first["item_id"], first["item_share"]) == (1, "long", 1.0)
    (place,) = first["document_text"]["places"]
    assert first["document_text"]["excerpt"][slice(*place)] == LONG
    listed = client.get(reverse("api:contaminations", args=[world.project.pk])).json()
    assert [one["id"] for one in listed] == [str(search.pk)]


def test_the_documents_page_lists_searches(
    client: Client, documents: Artifact, search: Artifact
) -> None:
    text = client.get(reverse("corpora:documents", args=[documents.pk])).content.decode()
    assert reverse("corpora:contamination", args=[search.pk]) in text
    assert "runs/new/decontaminate/?artifact=" in text


def test_documents_that_are_gone_are_told_and_the_items_stay(
    client: Client, documents: Artifact, search: Artifact, helper: None
) -> None:
    documents.folder.rename(documents.folder.with_name("gone"))
    text = page(client, search)
    assert "The documents that were searched are gone" in text
    assert "Its text is gone." in text
    assert f"<mark>{LONG}</mark>" in text


def test_without_the_helper_the_counts_stay(client: Client, search: Artifact) -> None:
    text = page(client, search)
    assert "The texts cannot be shown" in text
    assert "1 item is too short" in text


def test_a_search_whose_folder_is_gone_says_so(client: Client, search: Artifact) -> None:
    search.folder.rename(search.folder.with_name("gone"))
    assert "missing in its folder" in page(client, search)
    assert client.get(reverse("api:contamination-hits", args=[search.pk])).status_code == 409


def test_a_corpus_without_them_is_a_job_with_the_rule_on(
    client: Client, search: Artifact, version: Artifact, helper: None
) -> None:
    url = reverse("corpora:contamination-without", args=[search.pk])
    data = {"like": str(version.pk), "at_most": "2", "item_share": "0.5", "key": "once"}
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302
    job = Job.objects.get(verb="clean", title="Quiz")
    assert job.spec["contamination"] == f"artifact:{search.pk}"
    assert job.spec["signals"] == f"artifact:{version.pk}"
    rules = job.spec["rules"]
    assert (rules["contamination"]["at_most"], rules["contamination"]["item_share"]) == (2, 0.5)
    assert rules["word_count"]["is_on"]
    refused = client.post(url, {"at_most": "-1", "item_share": "3"})
    assert refused.status_code == 422
    assert 'id="id_at_most_error"' in refused.content.decode()


def test_the_api_makes_a_corpus_by_a_search(
    client: Client, world: World, documents: Artifact, search: Artifact
) -> None:
    url = reverse("api:corpora", args=[world.project.pk])
    body: dict[str, Any] = {
        "documents": str(documents.pk), "preset": "off", "contamination": str(search.pk),
        "rules": {"contamination": {"is_on": True}},
    }  # fmt: skip
    made = client.post(url, json.dumps(body), content_type="application/json")
    assert made.status_code == 201
    assert Job.objects.get(pk=made.json()["id"]).spec["contamination"] == f"artifact:{search.pk}"
    body["contamination"] = str(documents.pk)
    missing = client.post(url, json.dumps(body), content_type="application/json")
    assert missing.status_code == 404
    body["contamination"] = None
    refused = client.post(url, json.dumps(body), content_type="application/json")
    assert refused.status_code == 400
    assert "needs a search for evaluation sets" in refused.content.decode()


def test_the_rule_in_the_workbench_leads_to_the_searches(
    client: Client, search: Artifact, version: Artifact, helper: None
) -> None:
    url = reverse("corpora:version", args=[version.pk])
    text = client.get(url, {"rule": "contamination"}).content.decode()
    assert f'href="{reverse("corpora:contamination", args=[search.pk])}"' in text
    assert "This version does not use a search yet" in text
    query = {"rule": "contamination", "contamination.is_on": "on"}
    asked = client.get(url, query).content.decode()
    assert "needs a search for evaluation sets, and none is named" in asked
    assert (
        reverse("corpora:contamination", args=[search.pk])
        not in client.get(url, {"rule": "digits"}).content.decode()
    )


def test_a_file_on_the_server_cannot_be_named_from_the_web(
    world: World, documents: Artifact
) -> None:
    spec = {"documents": f"artifact:{documents.pk}", "inputs": [{"path": "../../etc/passwd"}]}
    with pytest.raises(SpecError, match="names no input"):
        job_create(project=world.project, verb="decontaminate", spec=spec)


def test_another_kind_of_artifact_is_no_search(client: Client, documents: Artifact) -> None:
    for name in ("corpora:contamination", "api:contamination", "api:contamination-hits"):
        assert client.get(reverse(name, args=[documents.pk])).status_code == 404
