"""Rule sets of a project: saved, brought along, tried, taken home, and refused with their line."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.webapp.corpora.test_versions import (  # noqa: F401 - fixtures
    corpus,
    documents,
    helper,
    page,
)
from tests.webapp.factories import World
from training.specs.rule_sets import RuleSet as Rules
from webapp.corpora.models import RuleSet
from webapp.jobs.models import Artifact, Job

YAML = "rules:\n  word_count: {at_least: 20}\n  exact_duplicates: {is_on: false}\n"


def test_the_rules_of_an_address_are_taken_home_as_yaml_and_as_a_script(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    query = {"word_count.at_least": "33", "route": "zh:chinese_web"}
    answer = client.get(reverse("corpora:version-rules", args=[corpus.pk]), query)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rules-v1.yaml"'
    text = answer.content.decode()
    assert yaml.safe_load(text)["rules"]["word_count"]["at_least"] == 33
    assert Rules.read(text).routes == {"zh": "chinese_web"}
    answer = client.get(reverse("corpora:version-datatrove", args=[corpus.pk]), query)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    ast.parse(answer.content.decode())
    assert "min_doc_words=33" in answer.content.decode()


def test_rules_are_saved_listed_tried_and_deleted(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    url = reverse("corpora:rule-sets", args=[corpus.pk])
    assert "No set is saved yet" in client.get(url).content.decode()
    sent = {"save": "1", "name": " My  rules <b>", "query": "word_count.at_least=33"}
    assert client.post(url, sent).status_code == 302
    kept = RuleSet.objects.get()
    assert kept.name == "My rules <b>"
    assert "My rules &lt;b&gt;" in client.get(url).content.decode()
    again = client.post(url, sent)
    assert again.status_code == 422
    assert "choose another name" in again.content.decode()
    tried = client.get(reverse("corpora:rule-set-try", args=[corpus.pk, kept.pk]))
    assert "word_count.at_least=33" in tried.url
    assert "Save as new version" in client.get(tried.url).content.decode()
    assert client.post(reverse("corpora:rule-set-delete", args=[corpus.pk, kept.pk])).status_code
    assert not RuleSet.objects.exists()


@pytest.mark.parametrize("as_file", [False, True])
def test_yaml_is_pasted_or_sent_tried_and_saved_if_it_has_a_name(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
    as_file: bool,
) -> None:
    url = reverse("corpora:rule-sets", args=[corpus.pk])
    body: dict[str, Any] = {"text": YAML}
    if as_file:
        body = {"file": SimpleUploadedFile("rules.yaml", YAML.encode())}
    answer = client.post(url, {**body, "name": "" if as_file else "Pasted"})
    assert "word_count.at_least=20" in answer.url
    assert RuleSet.objects.count() == (0 if as_file else 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules:\n  word_count: {at_least: <b>}\n", "line 2, rules.word_count.at_least"),
        ("", "holds no rules"),
        ("rules: [", "line 1"),
    ],
)
def test_bad_yaml_is_refused_with_its_line_and_nothing_is_lost(
    client: Client,
    corpus: Artifact,  # noqa: F811
    text: str,
    sentence: str,
) -> None:
    url = reverse("corpora:rule-sets", args=[corpus.pk])
    answer = client.post(url, {"text": text, "name": "Bad"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert sentence in shown
    assert "<b>" not in shown
    assert 'value="Bad"' in shown
    assert not RuleSet.objects.exists()
    binary = client.post(url, {"file": SimpleUploadedFile("x", b"\xff\xfe\x00")})
    assert binary.status_code == 422


def test_a_set_is_a_beginning_of_a_corpus(
    client: Client,
    world: World,
    documents: Artifact,  # noqa: F811
) -> None:
    kept = RuleSet.objects.create(project=world.project, name="Mine", text=YAML)
    text = client.get(reverse("corpora:version-new", args=[documents.pk])).content.decode()
    assert f'value="{kept.pk}"' in text
    url = reverse("corpora:version-start", args=[documents.pk])
    assert client.post(url, {"rule_set": str(kept.pk)}).status_code == 302
    assert Job.objects.get(verb="clean").spec["rules"]["word_count"]["at_least"] == 20
    assert client.post(url, {"rule_set": "nonsense"}).status_code == 404


def test_the_api_lists_saves_and_forgets(client: Client, world: World) -> None:
    url = reverse("api:rule-sets", args=[world.project.pk])
    made = client.post(url, {"name": "A", "yaml": YAML}, content_type="application/json")
    assert made.status_code == 201
    assert [one["name"] for one in client.get(url).json()] == ["A"]
    twice = client.post(url, {"name": "A", "yaml": YAML}, content_type="application/json")
    assert twice.status_code == 409
    bad = client.post(url, {"name": "B", "yaml": "rules: 5"}, content_type="application/json")
    assert bad.status_code == 400
    one = reverse("api:rule-set", args=[made.json()["id"]])
    assert client.get(one).json()["yaml"] == YAML
    assert client.delete(one).status_code == 204


def test_a_name_hides_nothing(client: Client, world: World) -> None:
    url = reverse("api:rule-sets", args=[world.project.pk])
    data = {"name": "good\u202e rules", "yaml": YAML}
    answer = client.post(url, data, content_type="application/json")
    assert answer.json()["name"] == "good\ufffd rules"


def test_what_was_sent_stands_in_its_form_again(
    client: Client,
    corpus: Artifact,  # noqa: F811
) -> None:
    url = reverse("corpora:rule-sets", args=[corpus.pk])
    for _ in range(2):
        again = client.post(url, {"save": "1", "name": "Mine", "query": ""})
    assert again.status_code == 422
    assert again.content.decode().count('value="Mine"') == 1
    assert (again.context["name_to_save"], again.context["name"]) == ("Mine", "")
    file = SimpleUploadedFile("rules.yaml", b"rules:\n  word_count: {at_least: many}\n")
    refused = client.post(url, {"file": file, "name": "Theirs"})
    assert refused.status_code == 422
    assert refused.context["name"] == "Theirs"
    assert "at_least: many" in refused.content.decode()


def test_marks_that_are_tried_stay_when_a_set_or_a_preset_is(
    client: Client,
    world: World,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    url = reverse("corpora:rule-sets", args=[corpus.pk])
    client.post(url, {"save": "1", "name": "Mine", "query": "word_count.at_least=7"})
    kept = world.project.rule_sets.get()
    marked = "keep=source%3Aa"
    tried = reverse("corpora:rule-set-try", args=[corpus.pk, kept.pk])
    assert f"{tried}?{marked}" in client.get(f"{url}?{marked}").content.decode()
    assert marked in client.get(f"{tried}?{marked}").headers["Location"]
    shown = client.get(reverse("corpora:version", args=[corpus.pk]) + f"?{marked}")
    assert f'href="?preset=off&amp;{marked}"' in shown.content.decode()
