"""The quality report of a corpus version: asked for, watched, read; made by the real verb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import run_verb
from tests.webapp.corpora.test_versions import (  # noqa: F401 - fixtures
    cleaned,
    corpus,
    documents,
    indexed,
)
from tests.webapp.factories import World
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State


@pytest.fixture
def report(world: World, corpus: Artifact, tmp_path: Path) -> Artifact:  # noqa: F811
    output = run_verb("corpus_report", tmp_path / "report", corpus=str(corpus.folder))
    made = indexed(world, "corpus_report", output, {"corpus": f"artifact:{corpus.pk}"}, "Quality")
    made.sources.add(corpus)
    return made


def page(client: Client, corpus: Artifact, **options: Any) -> str:  # noqa: F811
    response = client.get(reverse("reports:of-corpus", args=[corpus.pk]), **options)
    assert response.status_code == 200
    return response.content.decode()


def test_a_version_without_a_report_says_what_it_would_tell(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
) -> None:
    text = page(as_user(world.editor), corpus)
    assert "No quality report yet" in text
    assert 'name="sample_documents" value="2000"' in text
    for_viewer = page(as_user(world.viewer), corpus)
    assert "An editor of the project" in for_viewer
    assert "<form" not in for_viewer.split("corpus-report", 1)[1].split("</main>")[0]


def test_the_button_makes_one_job_however_often_it_is_pressed(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
) -> None:
    client = as_user(world.editor)
    url = reverse("reports:of-corpus", args=[corpus.pk])
    for _ in range(2):
        answer = client.post(url, {"sample_documents": 300, "seed": 4, "key": "once"})
        assert answer.status_code == 302
    job = Job.objects.get(verb="corpus_report")
    assert job.spec["corpus"] == f"artifact:{corpus.pk}"
    assert (job.spec["sample_documents"], job.spec["seed"]) == (300, 4)
    assert job.spec["near_duplicates"] is False, "an empty box is off"
    text = page(client, corpus)
    assert job.title in text
    assert "hx-get" in text
    part = page(client, corpus, headers={"HX-Request": "true"})
    assert part.lstrip().startswith('<div class="stack" id="corpus-report"')


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"sample_documents": 0, "seed": 0}, "greater than or equal to 1"),
        ({"sample_documents": "many", "seed": 0}, "whole number"),
        ({"seed": 0}, "required"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field_and_keeps_the_input(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
    fields: dict[str, Any],
    sentence: str,
) -> None:
    url = reverse("reports:of-corpus", args=[corpus.pk])
    answer = as_user(world.editor).post(url, fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert sentence in text
    assert 'id="id_sample_documents_error"' in text
    assert not Job.objects.filter(verb="corpus_report").exists()


def test_the_report_stands_on_its_page_and_in_the_list(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
    report: Artifact,
) -> None:
    client = as_user(world.viewer)
    text = page(client, corpus)
    for title in ("Spelling and grammar", "Duplication", "Vocabulary", "Machine-made text"):
        assert f">{title}</h2>" in text
    assert "<svg" in text
    assert "hx-get" not in text.split('id="corpus-report"')[1].split(">")[0]
    assert "<script>alert" not in text
    assert 'href="{}"'.format(reverse("reports:of-corpus", args=[corpus.pk])) in (
        client.get(reverse("reports:report", args=[report.pk])).content.decode()
    )
    listed = client.get(reverse("reports:list", args=[corpus.project_id])).content.decode()
    assert reverse("reports:report", args=[report.pk]) in listed
    link = reverse("api:stored-file", args=[report.pk, "report.json"])
    assert link in text
    assert client.get(link).status_code == 200


def test_a_report_whose_data_are_damaged_says_so(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
    report: Artifact,
) -> None:
    for text in ("", "{}", "[1]", '{"populations": []}'):
        (report.folder / "report.json").write_text(text)
        assert "not there any more" in page(as_user(world.viewer), corpus)


def test_a_failed_job_is_told_until_a_newer_report_is_there(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
) -> None:
    client = as_user(world.editor)
    client.post(reverse("reports:of-corpus", args=[corpus.pk]), {"sample_documents": 9, "seed": 0})
    Job.objects.filter(verb="corpus_report").update(state=State.FAILED)
    text = page(client, corpus)
    assert "alert--error" in text
    assert "No quality report yet" in text


def test_the_api_lists_and_starts(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
    report: Artifact,
) -> None:
    url = reverse("api:corpus-reports", args=[corpus.pk])
    listed = as_user(world.viewer).get(url).json()
    assert [one["id"] for one in listed] == [str(report.pk)]
    answer = as_user(world.editor).post(url, {}, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["verb"] == "corpus_report"
    bad = as_user(world.editor).post(url, {"seed": -1}, content_type="application/json")
    assert bad.status_code == 400
    assert "seed" in bad.content.decode()


def test_an_artifact_of_another_kind_has_no_quality_report(
    world: World,
    as_user: Any,
    documents: Artifact,  # noqa: F811
) -> None:
    for name in ("reports:of-corpus", "api:corpus-reports"):
        assert as_user(world.editor).get(reverse(name, args=[documents.pk])).status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(
    world: World,
    as_user: Any,
    corpus: Artifact,  # noqa: F811
    report: Artifact,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(15):
        Artifact.objects.create(
            project=world.project, kind="corpus_report", path=f"gone/{number}"
        ).sources.add(corpus)
    client = as_user(world.viewer)
    page(client, corpus)
    with django_assert_max_num_queries(20):
        page(client, corpus)
