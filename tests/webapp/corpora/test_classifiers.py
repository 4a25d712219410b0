"""Classifiers on the web: the list, the page with its evaluation, the choice in a corpus."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts
from tests.training.scoring.rows import fit, labelled, text_of
from tests.webapp.corpora.test_versions import cleaned, helper, indexed, page
from tests.webapp.factories import World, make_project
from webapp.corpora.versions.services import version_create
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create

__all__ = ["helper"]

SMALL = {"hashed": {"bucket_bits": 12}}
TEXTS = [text_of(n % 2 == 0, n) for n in range(8)]


@pytest.fixture
def documents(world: World, tmp_path: Path) -> Artifact:
    output = extract_texts(tmp_path, TEXTS)
    return indexed(world, "extract", output, {"builtin": "cpython"}, "Texts")


@pytest.fixture
def corpus(world: World, documents: Artifact, tmp_path: Path) -> Artifact:
    return cleaned(world, documents, tmp_path / "clean")


def made(world: World, output: Path, title: str) -> Artifact:
    upload = Artifact.objects.create(project=world.project, kind="upload", path=f"uploads/{title}")
    spec = {"rows": f"artifact:{upload.pk}"}
    found = indexed(world, "fit_classifier", output, spec, title)
    found.sources.add(upload)
    return found


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("fitted")
    rows = [*labelled(), {"text": "<b>bold</b> <script>x()</script>", "label": "<i>"}]
    (folder / "en.txt").write_text("menu\ncart\n<b>x</b>\na\n")
    return {
        "quality": fit(folder / "q", labelled(score=True), **SMALL),
        "safety": fit(folder / "s", rows, target="class", positive="debris", **SMALL),
        "words": fit(folder / "w", folder / "en.txt", form="keywords"),
    }


def copied(world: World, output: Path, folder: Path, title: str) -> Artifact:
    return made(world, Path(shutil.copytree(output, folder / title.split()[0])), title)


@pytest.fixture
def quality(world: World, fitted: dict[str, Path], tmp_path: Path) -> Artifact:
    return copied(world, fitted["quality"], tmp_path, "Good prose")


@pytest.fixture
def safety(world: World, fitted: dict[str, Path], tmp_path: Path) -> Artifact:
    return copied(world, fitted["safety"], tmp_path, "Debris")


@pytest.fixture
def words(world: World, fitted: dict[str, Path], tmp_path: Path) -> Artifact:
    return copied(world, fitted["words"], tmp_path, "My list")


def listed(client: Client, world: World, **headers: str) -> str:
    url = reverse("corpora:classifiers", args=[world.project.pk])
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_project_says_what_a_classifier_is(client: Client, world: World) -> None:
    text = listed(client, world)
    assert "No classifier yet" in text
    assert reverse("builder:new", args=[world.project.pk, "fit_classifier"]) in text


def test_the_list_shows_each_with_its_figures(
    client: Client, world: World, quality: Artifact, safety: Artifact, words: Artifact
) -> None:
    text = listed(client, world)
    assert text.count("1.000") >= 3
    assert "0 to 5" in text
    assert "<bdi>debris</bdi>" in text
    assert "3 entries" in text


def test_the_list_takes_the_same_number_of_queries_however_long(
    client: Client, world: World, quality: Artifact, django_assert_num_queries: Any
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        listed(client, world)
    Artifact.objects.create(project=world.project, kind="classifier", path="x/1", title="one")
    Artifact.objects.create(project=world.project, kind="scores", path="x/2", title="two")
    Artifact.objects.create(project=world.project, kind="scores", path="x/3", title="three")
    Artifact.objects.create(project=world.project, kind="classifier", path="x/4", title="four")
    with django_assert_num_queries(len(counted) + 1):
        listed(client, world)


def test_the_form_of_a_new_classifier_follows_its_spec(client: Client, world: World) -> None:
    url = reverse("builder:new", args=[world.project.pk, "fit_classifier"])
    text = client.get(url).content.decode()
    for title in ("Kind", "Upload", "Labels are", "Held out"):
        assert title in text
    assert client.get(reverse("builder:new", args=[world.project.pk, "score"])).status_code == 200


def test_a_page_shows_evaluation_and_words(client: Client, safety: Artifact) -> None:
    text = client.get(reverse("corpora:classifier", args=[safety.pk])).content.decode()
    told = json.loads((safety.folder / "evaluation.json").read_text())
    assert "how likely it is that a text belongs to the class “debris”" in html.unescape(text)
    assert f"{told['rows_learnt_from']} learnt from" in text
    assert "What weighs most" in text
    assert "<code" in text
    assert "<script>x()" not in text


def test_a_list_shows_its_files_and_the_lines_left_out(client: Client, words: Artifact) -> None:
    text = client.get(reverse("corpora:classifier", args=[words.pk])).content.decode()
    assert "en.txt, line 4: &#x27;a&#x27; is a single letter or digit" in text
    assert "Lines left out" in text


def test_a_torn_folder_and_another_kind_are_answered(
    client: Client, quality: Artifact, corpus: Artifact
) -> None:
    (quality.folder / "evaluation.json").write_text("{")
    text = client.get(reverse("corpora:classifier", args=[quality.pk])).content.decode()
    assert "Its evaluation is missing in its folder" in text
    assert client.get(reverse("corpora:classifier", args=[corpus.pk])).status_code == 404
    answer = client.get(reverse("api:classifier", args=[quality.pk]))
    assert answer.json()["evaluation"] == {}


def test_the_api_tells_the_same(client: Client, world: World, safety: Artifact) -> None:
    rows = client.get(reverse("api:classifiers", args=[world.project.pk])).json()
    assert [row["id"] for row in rows] == [str(safety.pk)]
    told = client.get(reverse("api:classifier", args=[safety.pk])).json()
    assert told["evaluation"]["auc"] == 1.0
    assert "path" not in told


def test_the_workbench_offers_what_fits_a_rule_and_saves_the_choice(
    client: Client, corpus: Artifact, documents: Artifact, quality: Artifact, safety: Artifact,
    words: Artifact, helper: None,
) -> None:  # fmt: skip
    text = page(client, corpus, rule="quality")
    assert f'<option value="{quality.pk}">Good prose, ' in text
    assert f'<option value="{safety.pk}">Debris, ' in text
    assert str(words.pk) not in text
    text = page(client, corpus, rule="safety")
    assert str(quality.pk) not in text
    assert f'<option value="{safety.pk}">Debris, ' in text
    assert f'<option value="{words.pk}">My list, ' in text
    text = page(client, corpus, rule="quality", **{"quality.is_on": "on"})
    assert "needs a classifier, and none is named" in text
    chosen = {"quality.is_on": "on", "quality.classifier": str(quality.pk)}
    text = page(client, corpus, rule="quality", **chosen)
    assert f'<option value="{quality.pk}" selected>Good prose, ' in text
    assert "needs a classifier" not in text
    assert "Not known yet" in text
    assert "Nothing is dropped." not in text
    assert "Save as new version" in text


def test_saving_names_the_classifiers_that_its_rules_go_by(
    client: Client, corpus: Artifact, quality: Artifact, safety: Artifact, words: Artifact,
) -> None:  # fmt: skip
    query = (
        f"quality.is_on=on&quality.classifier={quality.pk}"
        f"&safety.is_on=on&safety.classifier={safety.pk}&safety.keywords={words.pk}"
    )
    data = {"query": query, "title": "scored", "key": "once"}
    assert client.post(reverse("corpora:version-save", args=[corpus.pk]), data).status_code == 302
    job = Job.objects.get(title="scored")
    assert job.spec["quality_classifier"] == f"artifact:{quality.pk}"
    assert job.spec["safety_classifier"] == f"artifact:{safety.pk}"
    assert job.spec["safety_list"] == f"artifact:{words.pk}"


def test_an_encoder_is_offered_once_it_has_scored_these_documents(
    client: Client, world: World, corpus: Artifact, documents: Artifact, quality: Artifact,
    helper: None,
) -> None:  # fmt: skip
    quality.counts |= {"form": "encoder"}
    quality.save()
    assert str(quality.pk) not in page(client, corpus, rule="quality")
    scores = Artifact.objects.create(project=world.project, kind="scores", path="s", title="S")
    scores.sources.add(documents, quality)
    text = page(client, corpus, rule="quality")
    assert "Good prose (encoder, has scored these documents), " in text
    rules = {"quality": {"is_on": True, "classifier": str(quality.pk)}}
    job = version_create(documents=documents, created_by=world.owner, rules=rules)
    assert job.spec["quality_scores"] == f"artifact:{scores.pk}"


@pytest.mark.parametrize("known", ["", "nonsense", "0" * 8, "00000000-0000-0000-0000-000000000000"])
def test_ids_that_name_nothing_are_no_fault(
    client: Client, corpus: Artifact, documents: Artifact, known: str,
    helper: None,
) -> None:  # fmt: skip
    chosen = {"quality.is_on": "on", "quality.classifier": known}
    assert 'id="on-quality"' in page(client, corpus, rule="quality", **chosen)


def test_another_project_and_its_classifier_are_out_of_reach(
    client: Client, world: World, documents: Artifact, quality: Artifact
) -> None:
    quality.project = make_project(world.stranger, "Other")
    quality.save()
    assert str(quality.pk) not in listed(client, world)
    rules = {"quality": {"is_on": True, "classifier": str(quality.pk)}}
    job = version_create(documents=documents, created_by=world.owner, rules=rules)
    assert job.spec["quality_classifier"] == ""


@pytest.mark.parametrize("field", ["path", "encoder_path"])
def test_a_file_on_the_server_cannot_be_named_from_the_web(world: World, field: str) -> None:
    spec = {"form": "encoder", "rows": "", "encoder_path": "", "path": ""}
    spec |= {"path": "../../rows.jsonl", "encoder_path": "../../model"}
    spec |= {"rows": f"artifact:{world.project.pk}", "path": ""} if field == "encoder_path" else {}
    with pytest.raises(Exception, match="names no input"):
        job_create(project=world.project, verb="fit_classifier", spec=spec)


def test_scores_are_run_from_the_page_of_an_encoder(
    client: Client, world: World, quality: Artifact, documents: Artifact
) -> None:
    url = reverse("builder:new", args=[world.project.pk, "score"])
    text = client.get(url, {"artifact": quality.pk}).content.decode()
    assert f'value="artifact:{quality.pk}" selected' in text


def test_a_document_shows_its_scores(
    client: Client, world: World, documents: Artifact, quality: Artifact, words: Artifact,
    tmp_path: Path, helper: None,
) -> None:  # fmt: skip
    named = {"quality_classifier": str(quality.folder), "safety_list": str(words.folder)}
    corpus = cleaned(world, documents, tmp_path / "scored", fields=named)
    url = reverse("corpora:version-document", args=[corpus.pk, 1])
    text = client.get(url).content.decode()
    for title in ("Quality, 0 to 5", "Hits of the list per 1,000 words", "Different entries"):
        assert title in text
    scores = client.get(reverse("api:corpus-document", args=[corpus.pk, 1])).json()["scores"]
    assert 0 <= scores[f"score-quality-{quality.pk}-v1"] < 2
    assert scores[f"score-keyword_hits-{words.pk}-v1"] >= 1
