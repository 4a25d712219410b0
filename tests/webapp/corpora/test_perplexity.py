"""The rule on perplexity in the workbench: before there is a model, and under one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import run_verb
from tests.webapp.corpora.test_versions import (  # noqa: F401 - fixtures
    OFF,
    cleaned,
    corpus,
    documents,
    helper,
    indexed,
    page,
)
from tests.webapp.factories import World
from training.folder.artifact import load_manifest
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create


@pytest.fixture
def model(world: World, documents: Artifact, tmp_path: Path) -> Artifact:  # noqa: F811
    output = run_verb("fit_ngram", tmp_path / "fit", documents=str(documents.folder), order=2)
    spec = {"documents": f"artifact:{documents.pk}"}
    return indexed(world, "fit_ngram", output, spec, "Bigrams")


@pytest.fixture
def scored(
    world: World,
    documents: Artifact,  # noqa: F811
    model: Artifact,
    tmp_path: Path,
) -> Artifact:
    rules = {**OFF, "perplexity": {"is_on": True, "keep": "head_and_middle"}}
    output = run_verb(
        "clean", tmp_path / "clean", documents=str(documents.folder), rules=rules,
        ngram_model=str(model.folder),
    )  # fmt: skip
    info = json.loads((output / "corpus.json").read_text())
    spec = {
        "documents": f"artifact:{documents.pk}", "ngram_model": f"artifact:{model.pk}",
        "rules": rules,
    }  # fmt: skip
    version = indexed(world, "clean", output, spec, "Scored")
    info["documents_path"] = os.path.relpath(documents.folder, version.folder)
    (version.folder / "corpus.json").write_text(json.dumps(info, indent=2))
    manifest = json.loads((version.folder / "manifest.json").read_text())
    size = (version.folder / "corpus.json").stat().st_size
    manifest["files"]["corpus.json"]["num_bytes"] = size
    (version.folder / "manifest.json").write_text(json.dumps(manifest))
    return version


@pytest.mark.parametrize("rule", ["perplexity", "near_duplicates"])
def test_a_rule_that_was_never_run_can_be_looked_at(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
    rule: str,
) -> None:
    text = page(client, corpus, rule=rule)
    assert f'id="on-{rule}"' in text
    assert "cannot be tried now" not in text


def test_the_rule_without_a_model_says_what_it_needs(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    text = page(client, corpus, rule="perplexity", **{"perplexity.is_on": "on"})
    assert "needs an n-gram model, and none is named" in text


def test_parts_of_the_corpus_are_cut_at_once_and_told_in_reasons(
    client: Client,
    scored: Artifact,
    model: Artifact,
    helper: None,  # noqa: F811
) -> None:
    text = page(client, scored, rule="perplexity")
    assert "in the tail (" in text
    assert '<select class="input" id="id-perplexity.keep"' in text
    assert "<option selected>head_and_middle</option>" in text
    assert f'<option value="{model.pk}" selected>Bigrams, ' in text
    text = page(client, scored, rule="perplexity", **{"perplexity.keep": "tail"})
    assert "in the middle (" in text
    assert "in the tail (" not in text
    text = page(client, scored, rule="perplexity", **{"perplexity.keep": "<b>"})
    assert 'id="problem-perplexity.keep"' in text
    assert "got &#x27;&lt;b&gt;&#x27;" in text


def test_the_values_that_divide_the_corpus_are_lines_in_the_histogram(
    client: Client,
    scored: Artifact,
    helper: None,  # noqa: F811
) -> None:
    text = page(client, scored, rule="perplexity", **{"perplexity.is_on": "on"})
    assert text.count('<line class="histogram__limit"') == 2
    assert "head ends at" in text
    by_value = page(client, scored, rule="perplexity", **{"perplexity.keep": "at_most"})
    assert "head ends at" not in by_value
    assert 'data-handle="perplexity.at_most"' in by_value


def test_a_version_saved_from_it_keeps_the_model_and_its_column(
    client: Client,
    scored: Artifact,
    model: Artifact,
    helper: None,  # noqa: F811
) -> None:
    stored = json.loads((scored.folder / "rules.json").read_text())
    assert stored["perplexity"]["model"] == load_manifest(model.folder).id
    url = reverse("corpora:version-save", args=[scored.pk])
    query = "perplexity.keep=at_most&perplexity.at_most=50"
    data: dict[str, Any] = {"query": query, "title": "by value", "key": "once"}
    assert client.post(url, data).status_code == 302
    job = Job.objects.get(title="by value")
    assert job.spec["rules"]["perplexity"]["at_most"] == 50
    assert job.spec["ngram_model"] == f"artifact:{model.pk}"
    assert job.spec["signals"] == f"artifact:{scored.pk}"


def test_a_file_on_the_server_cannot_be_named_from_the_web(world: World) -> None:
    with pytest.raises(Exception, match="names no input"):
        job_create(project=world.project, verb="fit_ngram", spec={"path": "../../etc/passwd"})
