"""Keep this one, sources that stay, presets by language: tried in the address, then saved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.webapp.corpora.test_versions import (  # noqa: F401 - fixtures
    TEXTS,
    corpus,
    documents,
    helper,
    page,
)
from training.corpus.keeping import AlwaysKept
from webapp.corpora.versions.changes import decided_changes, difference_rows
from webapp.corpora.versions.choice import read_choice
from webapp.corpora.versions.marks import MOST_CHANGES
from webapp.corpora.versions.stored import Stored
from webapp.jobs.models import Artifact, Job

ID = "0123456789abcdef" * 2


def choice_of(query: str, **stored: Any) -> Any:
    return read_choice(QueryDict(query), Stored(**stored))


def test_the_last_word_counts_and_the_address_holds_changes_only() -> None:
    marks = AlwaysKept.of([ID], ["web"])
    choice = choice_of(f"keep=doc:{'a' * 32}&keep=not:doc:{ID}&keep_one=source:news", marks=marks)
    assert choice.marks == AlwaysKept.of(["a" * 32], ["web", "news"])
    assert choice_of(choice.query(), marks=marks).marks == choice.marks
    again = choice_of(f"{choice.query()}&keep_one=doc:{ID}", marks=marks)
    assert f"not:doc:{ID}" not in again.mark_changes
    assert not choice_of(f"keep=doc:{ID.upper()}", marks=marks).is_changed


def test_presets_by_language_are_changed_one_by_one() -> None:
    choice = choice_of("route=zh:chinese_web&route_one=de:", routes={"de": "gentle"})
    assert choice.routes == {"zh": "chinese_web"}
    assert choice.tried["routes"] == choice.routes
    assert choice_of(choice.query(), routes={"de": "gentle"}).routes == choice.routes
    assert "route" in choice_of("add_route=1&route_language=xx&route_preset=gentle").problems
    assert "route" in choice_of("route=zh:<script>").problems


@pytest.mark.parametrize("token", ["doc:xyz", "<script>", "doc:" + "g" * 32, "source:", "not:"])
def test_what_is_no_id_is_said_and_marks_nothing(token: str) -> None:
    choice = choice_of(QueryDict("", mutable=True).urlencode(), marks=AlwaysKept())
    parameters = QueryDict("", mutable=True)
    parameters["keep"] = token
    choice = read_choice(parameters, Stored())
    assert not choice.marks
    assert "32 digits" in choice.problems["keep"]


def test_an_address_holds_so_many_marks_and_no_more() -> None:
    many = "&".join(f"keep=doc:{number:032x}" for number in range(MOST_CHANGES + 1))
    choice = choice_of(many)
    assert not choice.marks
    assert "At most 100 marks at a time" in choice.problems["keep"]


def test_a_dropped_document_is_kept_by_its_button_and_taken_back(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    text = page(client, corpus, rule="word_count")
    (token,) = re.findall(r'name="keep_one" value="(doc:[0-9a-f]{32})"', text)
    text = page(client, corpus, rule="word_count", keep_one=token)
    assert "1 document is always kept" in text
    assert f'value="not:{token}"' in text
    assert f'<input type="hidden" name="keep" value="{token}">' in text
    assert f"<strong>{len(TEXTS)}</strong> kept" in text
    assert "Always kept, document" in text
    shown = page(client, corpus, show="marked", keep=token)
    assert "too short &lt;script&gt;" in shown
    text = page(client, corpus, rule="word_count", keep=token, keep_one=f"not:{token}")
    assert "Save as new version" not in text


def test_marks_and_presets_by_language_are_saved_with_the_version(
    client: Client,
    corpus: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    text = page(client, corpus, keep=f"doc:{ID}", route="zh:chinese_web")
    query = re.search(r'name="query" value="([^"]*)"', text).group(1).replace("&amp;", "&")  # type: ignore[union-attr]
    url = reverse("corpora:version-save", args=[corpus.pk])
    assert client.post(url, {"query": query, "key": "k"}).status_code == 302
    spec = Job.objects.get(verb="clean", state="waiting").spec
    assert spec["always_keep"] == [ID]
    assert spec["routes"] == {"zh": "chinese_web"}
    assert spec["text_files"] is False
    answer = client.post(url, {"query": "keep=doc:../x"})
    assert answer.status_code == 400
    assert "32 digits" in answer.content.decode()


def test_the_api_tries_marks_and_saves_them(
    client: Client,
    corpus: Artifact,  # noqa: F811
    documents: Artifact,  # noqa: F811
    helper: None,  # noqa: F811
) -> None:
    url = reverse("api:corpus-filter", args=[corpus.pk])
    body = {"rules": {}, "show": "dropped"}
    (row,) = client.post(url, body, content_type="application/json").json()["documents"]
    body |= {"always_keep": [row["doc_id"]], "show": "marked"}
    answer = client.post(url, body, content_type="application/json").json()
    assert answer["funnel"]["kept"]["documents"] == len(TEXTS)
    assert answer["documents"][0]["is_always_kept"] is True
    bad = client.post(url, {"always_keep": ["x"]}, content_type="application/json")
    assert bad.status_code == 400
    url = reverse("api:corpora", args=[corpus.project_id])
    wanted = {"documents": str(documents.pk), "like": str(corpus.pk)}
    made = client.post(
        url, {**wanted, "always_keep_sources": ["web"]}, content_type="application/json"
    )
    assert Job.objects.get(pk=made.json()["id"]).spec["always_keep_sources"] == ["web"]


def test_a_comparison_names_marks_presets_weights_and_redaction() -> None:
    before = Stored(marks=AlwaysKept.of([], ["web"]), redact=[], weights={"books": 2.0})
    after = Stored(marks=AlwaysKept.of([ID], []), redact=["email"], routes={"zh": "gentle"})
    rows = difference_rows(before, after, {}, {})
    told = {(row["rule"], row["field"]): (row["before"], row["now"]) for row in rows}
    assert told == {
        ("Rules by language", "zh"): ("–", "Gentle: debris only"),
        ("Always kept", f"document {ID}"): ("off", "on"),
        ("Always kept", "source web"): ("on", "off"),
        ("Weight in the mixture", "books"): ("2", "1"),
        ("Redact", "Kinds"): ("–", "email"),
    }
    assert difference_rows(after, after, {}, {}) == []
    assert decided_changes(before, after) == [
        (f"always_keep.{ID}", False, True),
        ("always_keep_sources.web", True, False),
        ("redact", [], ["email"]),
        ("routes.zh", None, "gentle"),
        ("weights.books", 2.0, 1.0),
    ]
