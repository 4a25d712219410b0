"""Corpus versions as pages and API: documents cleaned by the real verb, the helper's answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.webapp.factories import World, make_job
from training.helper.worker import answer
from training.linesocket import LineServer
from training.registry import RULE_PRESETS, SIGNALS
from webapp.jobs.helper import socket_path
from webapp.jobs.lineage import derived_from
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.jobs.states import State

PROSE = "The {} of the house was not at home when we came to it on that day in {}. "
TEXTS = [
    *(PROSE.format(f"owner{n}", f"month{n}") * (1 + n % 3) for n in range(30)),
    "too short <script>alert(1)</script>",
    PROSE.format("owner0", "month0"),
    "tags #one #two <b>#three</b> " + PROSE.format("dog", "May"),
]
OFF = RULE_PRESETS["off"].load().model_dump(mode="json")


@pytest.fixture
def helper(settings: Any) -> Iterator[None]:
    """The helper's own functions on its own socket, in a thread of this process."""
    server = LineServer(socket_path(), answer)
    yield
    server.close()


def indexed(world: World, verb: str, output: Path, spec: dict[str, Any], title: str) -> Artifact:
    """The row of an output that a job has made."""
    job = job_create(project=world.project, verb=verb, spec=spec, title=title)
    job.folder.root.mkdir(parents=True, exist_ok=True)
    output.rename(job.folder.output)
    artifact = artifact_index(folder=job.folder.output, project=world.project, job=job)
    Job.objects.filter(pk=job.pk).update(state=State.FINISHED)
    return artifact


@pytest.fixture
def documents(world: World, tmp_path: Path) -> Artifact:
    output = extract_texts(tmp_path, TEXTS)
    return indexed(world, "extract", output, {"builtin": "cpython"}, "Small texts")


def cleaned(
    world: World,
    documents: Artifact,
    folder: Path,
    title: str = "first",
    fields: dict[str, str] | None = None,
    **rules: Any,
) -> Artifact:
    chosen = {name: {**values} for name, values in OFF.items()}
    for name, values in rules.items():
        chosen[name] |= {"is_on": True, **values}
    output = run_verb(
        "clean", folder, documents=str(documents.folder), rules=chosen, **(fields or {})
    )
    # Where the job will be, its documents must be found.
    spec = {"documents": f"artifact:{documents.pk}", "rules": chosen}
    corpus = indexed(world, "clean", output, spec, title)
    info = json.loads((corpus.folder / "corpus.json").read_text())
    info["documents_path"] = os.path.relpath(documents.folder, corpus.folder)
    (corpus.folder / "corpus.json").write_text(json.dumps(info, indent=2))
    manifest = json.loads((corpus.folder / "manifest.json").read_text())
    manifest["files"]["corpus.json"]["num_bytes"] = (corpus.folder / "corpus.json").stat().st_size
    (corpus.folder / "manifest.json").write_text(json.dumps(manifest))
    return corpus


@pytest.fixture
def corpus(world: World, documents: Artifact, tmp_path: Path) -> Artifact:
    return cleaned(world, documents, tmp_path / "clean", word_count={"at_least": 10})


def page(client: Client, corpus: Artifact, **query: Any) -> str:
    response = client.get(reverse("corpora:version", args=[corpus.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_the_funnel_and_marks_what_a_rule_saw(
    client: Client, corpus: Artifact, helper: None
) -> None:
    text = page(client, corpus, rule="word_count")
    assert "Small texts · v1" in text
    assert "6 words, fewer than 10" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "Save as new version" not in text
    marked = page(client, corpus, rule="symbols")
    assert "<mark>#</mark>one" in marked
    assert "&lt;b&gt;<mark>#</mark>three" in marked


def test_the_definition_of_a_signal_stands_beside_its_threshold_and_on_a_document(
    client: Client, corpus: Artifact, helper: None
) -> None:
    row = SIGNALS["repetition_rate"]
    assert row.definition in page(client, corpus, rule="repetition")
    url = reverse("corpora:version-document", args=[corpus.pk, 2])
    text = client.get(url).content.decode()
    # Document 2 says one sentence of 19 words three times: 57 words have 53 runs of five, 19 of
    # which are different.
    assert f'title="{row.definition}">{row.title}</th>' in text
    assert (
        text.split(row.title)[1]
        .split("</td>")[0]
        .endswith(f">{1 - 19 / 53:.1%}".replace("%", " %"))
    )


def test_thresholds_in_the_address_change_the_funnel_and_offer_to_save(
    client: Client, corpus: Artifact, helper: None
) -> None:
    text = page(client, corpus, **{"word_count.at_least": "20", "rule": "word_count"})
    assert "Save as new version" in text
    assert "<strong>21</strong> kept" in text
    assert 'value="20"' in text
    answer = client.get(
        reverse("corpora:version", args=[corpus.pk]),
        {"word_count.at_least": "20", "symbols.at_most": "0.1", "edited": "1"},
        headers={"hx-request": "true"},
    )
    # No box was sent, so every rule is off; the limits of those that were off do not matter.
    wanted = "?word_count.is_on=false&word_count.at_least=20"
    assert answer.headers["HX-Replace-Url"].endswith(wanted)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"word_count.at_least": "<b>x"}, "must be a whole number; got &#x27;&lt;b&gt;x&#x27;"),
        ({"word_count.at_least": "-1"}, "at least 0"),
        ({"word_count.at_least": "1e30"}, "has too many digits"),
        ({"word_count.at_least": "nan"}, "number"),
        (
            {"word_count.at_least": "200", "word_count.at_most": "100"},
            "Too short or too long, At least: no document",
        ),
        ({"rule": "<script>"}, "Choose a rule"),
        ({"rule": "word_count", "page": "999999999999999999999"}, "nothing on this page"),
        ({"seed": "-5", "show": "kept"}, "Seed 0"),
        ({"preset": "none", "show": "x", "order": "x", "unit": "x"}, "Funnel"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_breaks(
    client: Client, corpus: Artifact, helper: None, query: dict[str, str], sentence: str
) -> None:
    assert sentence in page(client, corpus, **{"rule": "word_count", **query})


def test_a_bad_number_does_not_lose_the_other_changes(
    client: Client, corpus: Artifact, helper: None
) -> None:
    text = page(client, corpus, **{"word_count.at_least": "20", "word_count.at_most": "x"})
    text = page(
        client, corpus, rule="symbols", **{"word_count.at_least": "20", "symbols.at_most": "x"}
    )
    assert 'name="word_count.at_least" value="20"' in text
    assert 'value="x"' in text


def test_without_the_helper_the_stored_funnel_is_shown(client: Client, corpus: Artifact) -> None:
    text = page(client, corpus, rule="word_count")
    assert "Thresholds cannot be tried now" in text
    assert "fewer than 10" in text


def test_a_version_without_its_folder_still_has_a_page(client: Client, world: World) -> None:
    text = page(client, world.corpus)
    assert "The folder of this version is missing" in text
    for name in ("corpora:version-document", "corpora:version-difference"):
        last = 0 if name.endswith("document") else world.corpus.pk
        response = client.get(reverse(name, args=[world.corpus.pk, last]))
        assert response.status_code == 200
        assert "is missing on the server" in response.content.decode()


def test_one_document_is_shown_whole_as_text(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("corpora:version-document", args=[corpus.pk, 32])
    text = client.get(url, {"rule": "symbols"}).content.decode()
    assert "&lt;b&gt;<mark>#</mark>three&lt;/b&gt;" in text
    assert "texts.jsonl, line 33" in text
    missing = client.get(url.replace("/32/", "/99/"))
    assert missing.status_code == 404
    assert "There is no document 99" in missing.content.decode()


def test_saving_makes_a_job_that_takes_the_signals_over(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("corpora:version-save", args=[corpus.pk])
    query = "word_count.at_least=20&word_count.at_most=100"
    data = {"query": query, "title": "stricter", "key": "once"}
    for _ in range(2):
        assert client.post(url, data).status_code == 302
    job = Job.objects.get(title="stricter")
    assert job.verb == "clean"
    assert job.spec["signals"] == f"artifact:{corpus.pk}"
    assert job.spec["rules"]["word_count"]["at_least"] == 20
    listed = client.get(reverse("corpora:list", args=[corpus.project_id])).content.decode()
    assert "Corpus of stricter" in listed
    for bad in ("word_count.at_least=x", "keep=doc:x", "route=xx:gentle", "weight.web=-1"):
        assert client.post(url, {"query": bad}).status_code == 400


def test_a_new_version_redacts_as_the_old_one_unless_told_otherwise(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("corpora:version-save", args=[corpus.pk])
    data = {"query": ""}
    assert "Redact</summary>" in page(client, corpus)
    asked = {**data, "title": "asked", "redacts": "1", "redact": ["email", "card"]}
    assert client.post(url, asked).status_code == 302
    assert Job.objects.get(title="asked").spec["redact"] == ["email", "card"]
    info = json.loads((corpus.folder / "corpus.json").read_text())
    (corpus.folder / "corpus.json").write_text(
        json.dumps({**info, "redact": ["ip"], "routes": {"zh": "chinese_web"}})
    )
    assert "Redact (1)</summary>" in page(client, corpus)
    client.post(url, {**data, "title": "silent"})
    assert Job.objects.get(title="silent").spec["redact"] == ["ip"]
    assert Job.objects.get(title="silent").spec["routes"] == {"zh": "chinese_web"}
    assert "<strong>zh</strong> (Chinese web pages" in page(client, corpus)
    client.post(url, {**data, "title": "none", "redacts": "1"})
    assert Job.objects.get(title="none").spec["redact"] == []
    assert client.post(url, {**asked, "redact": ["shoe"]}).status_code == 400
    (corpus.folder / "corpus.json").unlink()
    refused = client.post(url, {**data, "title": "unknown"})
    assert refused.status_code == 400
    assert not Job.objects.filter(title="unknown").exists()


def test_a_version_does_not_go_with_the_one_whose_signals_it_took(
    world: World, corpus: Artifact, documents: Artifact
) -> None:
    spec = {"documents": f"artifact:{documents.pk}", "signals": f"artifact:{corpus.pk}"}
    job = job_create(project=world.project, verb="clean", spec=spec)
    assert job in derived_from(corpus).jobs
    Job.objects.filter(pk=job.pk).update(state=State.FINISHED)
    assert job not in derived_from(corpus).jobs
    assert job in derived_from(documents).jobs


def test_versions_are_numbered_compared_and_counted_by_their_runs(
    client: Client, world: World, corpus: Artifact, documents: Artifact, tmp_path: Path,
    helper: None,
) -> None:  # fmt: skip
    second = cleaned(world, documents, tmp_path / "second", "second", word_count={"at_least": 20})
    tokenize = make_job(world.project, verb="tokenize")
    tokenize.dependencies.create(on_artifact=second, role="corpus")
    train = make_job(world.project, verb="train")
    train.dependencies.create(on_job=tokenize, role="tokens")
    rows = client.get(reverse("api:corpora", args=[world.project.pk])).json()
    assert [(row["title"], row["num_documents"], row["num_runs"]) for row in rows] == [
        ("Small texts · v2", 21, 1),
        ("Small texts · v1", 32, 0),
    ]
    url = reverse("corpora:version-difference", args=[second.pk, corpus.pk])
    text = client.get(url, {"side": "lost"}).content.decode()
    assert "19 words, fewer than 20" in text
    answer = client.get(reverse("api:corpus-difference", args=[second.pk, corpus.pk])).json()
    assert (answer["lost"]["documents"], answer["gained"]["documents"]) == (11, 0)
    assert answer["changes"] == [{"field": "word_count.at_least", "before": 10, "now": 20}]


def test_the_api_filters_with_parts_of_rules_and_stores_nothing(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("api:corpus-filter", args=[corpus.pk])
    before = Job.objects.count()
    body = {"rules": {"word_count": {"at_least": 20}}, "rule": "word_count", "show": "rule"}
    answer = client.post(url, body, content_type="application/json").json()
    assert answer["funnel"]["kept"]["documents"] == 21
    assert answer["documents"][0]["reason"] == "19 words, fewer than 20"
    preset = client.post(url, {"preset": "off"}, content_type="application/json").json()
    assert preset["funnel"]["kept"]["documents"] == len(TEXTS)
    bad = client.post(
        url, {"rules": {"word_cuont": {}, "digits": 5}}, content_type="application/json"
    )
    assert bad.status_code == 400
    assert set(bad.json()["extra"]["fields"]) == {"rules.word_cuont", "rules.digits"}
    assert "word_count" in json.dumps(bad.json())
    assert Job.objects.count() == before


def test_the_api_makes_versions_and_exports(
    client: Client, world: World, corpus: Artifact, documents: Artifact
) -> None:
    url = reverse("api:corpora", args=[world.project.pk])
    body = {"documents": str(documents.pk), "preset": "gentle", "like": str(corpus.pk)}
    made = client.post(url, body, content_type="application/json")
    assert made.status_code == 201
    assert Job.objects.get(pk=made.json()["id"]).spec["preset"] == "gentle"
    foreign = client.post(url, {"documents": str(corpus.pk)}, content_type="application/json")
    assert foreign.status_code == 404
    url = reverse("api:corpus-exports", args=[corpus.pk])
    made = client.post(url, {"format": "parquet"}, content_type="application/json")
    assert (made.status_code, made.json()["verb"]) == (201, "export_corpus")
    bad = client.post(url, {"format": "pickle"}, content_type="application/json")
    assert bad.status_code == 400
    assert client.get(url).json() == []


def test_the_export_menu_asks_again_while_a_file_is_written(
    client: Client, corpus: Artifact
) -> None:
    address = reverse("corpora:version-exports", args=[corpus.pk])
    polls = f'hx-get="{address}" hx-trigger="every 2s"'
    page = reverse("corpora:version", args=[corpus.pk])
    assert polls not in client.get(page).content.decode()
    client.post(reverse("corpora:version-export", args=[corpus.pk]), {"format": "parquet"})
    assert polls in client.get(page).content.decode()
    assert polls in client.get(address).content.decode()
    Job.objects.filter(verb="export_corpus").update(state="failed", reason_code="bug")
    assert "every 2s" not in client.get(address).content.decode()


def test_a_preset_makes_the_first_version(client: Client, documents: Artifact) -> None:
    text = client.get(reverse("corpora:version-new", args=[documents.pk])).content.decode()
    assert "Chinese web pages" in text
    url = reverse("corpora:version-start", args=[documents.pk])
    assert client.post(url, {"preset": "chinese_web", "key": "k"}).status_code == 302
    assert client.post(url, {"preset": "nonsense"}).status_code == 400
    job = Job.objects.get(verb="clean")
    assert job.spec["rules"]["han"] == {"is_on": True, "at_least": 0.5}


@pytest.mark.parametrize("num", [3, 30])
def test_the_list_costs_the_same_queries_for_any_number_of_corpora(
    client: Client, world: World, django_assert_max_num_queries: Any, num: int
) -> None:
    for number in range(num):
        documents = Artifact.objects.create(
            project=world.project, kind="documents", path=f"d{number}", title=f"d{number}"
        )
        one = Artifact.objects.create(
            project=world.project, kind="corpus", path=f"c{number}", title="c",
            counts={"documents": 2, "kept_documents": 1, "kept_bytes": 3},
        )  # fmt: skip
        one.sources.add(documents)
    url = reverse("corpora:list", args=[world.project.pk])
    client.get(url)
    with django_assert_max_num_queries(20):
        client.get(url)
    with django_assert_max_num_queries(10):
        rows = client.get(reverse("api:corpora", args=[world.project.pk])).json()
    assert len(rows) == num
