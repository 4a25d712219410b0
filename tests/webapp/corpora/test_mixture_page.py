"""The mixture of a version: shares beside usual ones, weights tried and saved, tokens counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import run_verb
from tests.webapp.corpora.test_versions import cleaned, helper, indexed  # noqa: F401 - fixtures
from tests.webapp.factories import World
from training.helper import mixtures
from webapp.corpora.versions.blending import parts_of, read_blend
from webapp.corpora.versions.tokens import Estimate, estimate_of, with_tokens
from webapp.jobs.models import Artifact, Job

TEXT = "The owner of the house was not at home when we came to it on that day in May {}. "


@pytest.fixture
def mixed(world: World, tmp_path: Path) -> Artifact:
    """30 texts of the web, 10 of books, under two licences."""
    inputs = []
    for source, number, licence in (("web", 30, "CC-BY-4.0"), ("books", 10, "public domain")):
        rows = [json.dumps({"text": TEXT.format(f"{source}{n}")}) for n in range(number)]
        (tmp_path / f"{source}.jsonl").write_text("\n".join(rows))
        inputs.append({"path": f"../{source}.jsonl", "source": source, "licence": licence})
    output = run_verb("extract", tmp_path / "extract", inputs=inputs)
    documents = indexed(world, "extract", output, {"builtin": "cpython"}, "Mixed")
    return cleaned(world, documents, tmp_path / "clean")


def page(client: Client, corpus: Artifact, **query: Any) -> str:
    response = client.get(reverse("corpora:version-mixture", args=[corpus.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def source(name: str, tokens: int) -> dict[str, Any]:
    amount = {"documents": 1, "bytes": 4 * tokens, "tokens": tokens}
    return {"source": name, "kept": amount, "languages": [("en", 1)], "licences": []}


def test_shares_and_epochs_are_by_hand() -> None:
    blend = read_blend(QueryDict("weight.books=2&budget=1K"), {"web": 0.5})
    web, books, other = parts_of(
        [source("web", 600), source("books", 100), source("x", 100)], blend, ("x",)
    )
    # One pass reads 0.5 * 600 + 2 * 100 + 100 = 600 tokens; 1,000 are 1.67 passes.
    assert [part.share for part in (web, books, other)] == [0.75, 0.125, 0.125]
    assert web.weighted_share == pytest.approx(0.5)
    assert books.weighted_share == pytest.approx(1 / 3)
    assert (web.verdict, books.verdict, other.verdict) == ("below", "above", "")
    assert [part.epochs for part in (web, books, other)] == pytest.approx([5 / 6, 10 / 3, 5 / 3])
    assert other.is_always_kept


def test_sources_that_are_not_told_count_in_shares_and_epochs(
    mixed: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixtures, "MAX_SOURCES", 1)
    rules = json.loads((mixed.folder / "rules.json").read_text())
    answer = mixtures.describe_mixture(str(mixed.folder), rules)
    assert [row["source"] for row in answer["sources"]] == ["web"]
    assert answer["num_left_out"] == 1
    assert answer["left_out"]["documents"] == 10
    both = mixtures.describe_mixture(str(mixed.folder), rules, named=["books"])
    assert [row["source"] for row in both["sources"]] == ["web", "books"]
    assert both["left_out"]["bytes"] == both["num_left_out"] == 0
    blend = read_blend(QueryDict("budget=1K"), {})
    (web,) = parts_of([source("web", 300)], blend, (), other_tokens=200)
    assert (web.share, web.weighted_share, web.epochs) == (0.6, 0.6, 2.0)


@pytest.mark.parametrize("text", ["-1", "nan", "1e9", "x", "", "101"])
def test_a_weight_that_cannot_be_is_said_and_the_old_one_stays(text: str) -> None:
    parameters = QueryDict(mutable=True)
    parameters["weight.web"] = text
    blend = read_blend(parameters, {"web": 3.0})
    assert "A weight is a number from 0 to 100" in blend.problems["web"]
    assert blend.weights == {"web": 3.0}


@pytest.mark.parametrize("text", ["", "0", "much", "1e30", "-5M"])
def test_a_budget_that_is_no_number_of_tokens_is_said(text: str) -> None:
    parameters = QueryDict(mutable=True)
    parameters["budget"] = text
    assert "300M or 20B" in read_blend(parameters, {}).problems["budget"]


def test_a_source_of_which_nothing_is_kept_is_never_read() -> None:
    web, books = parts_of(
        [source("web", 600), source("books", 0)], read_blend(QueryDict("budget=6K"), {}), ()
    )
    assert (web.epochs, books.epochs) == (10.0, 0.0)


def test_everything_without_tokens_reads_as_nothing() -> None:
    (part,) = parts_of([source("web", 0)], read_blend(QueryDict(""), {}), ())
    assert (part.share, part.weighted_share, part.epochs) == (0, 0, 0)


def test_tokens_are_those_that_were_counted_else_an_estimate() -> None:
    told = {"kept": {"documents": 1, "bytes": 80, "tokens": None}, "rules": [{"x": "y"}]}
    assert with_tokens(told, Estimate(4.0, ""))["kept"]["tokens"] == 20
    counted = {"kept": {"documents": 1, "bytes": 80, "tokens": 7}}
    assert with_tokens(counted, Estimate(4.0, "")) == counted
    assert "rule of thumb" in estimate_of([]).origin


def test_the_page_shows_sources_with_licence_language_and_share(
    client: Client,
    mixed: Artifact,
    helper: None,  # noqa: F811
) -> None:
    text = page(client, mixed)
    assert "CC-BY-4.0" in text
    assert "en 100 %" in text
    assert "60–70 %" in text
    assert "↑" in text
    assert "rule of thumb" in text
    assert "Save as new version" not in text
    tried = page(client, mixed, **{"weight.web": "0.5", "weight.books": "<b>"})
    assert "&lt;b&gt;" in tried
    assert "<b>" not in tried
    assert "A weight is a number" in tried
    assert "Save as new version" not in tried
    assert "Save as new version" in page(client, mixed, **{"weight.web": "0.5"})


def test_without_the_helper_the_page_says_so(client: Client, mixed: Artifact) -> None:
    assert "cannot be counted now" in page(client, mixed)


def test_weights_and_a_tokenizer_are_saved_with_a_version(
    client: Client,
    world: World,
    mixed: Artifact,
    helper: None,  # noqa: F811
) -> None:
    tokenizer = Artifact.objects.create(
        project=world.project, kind="tokenizer", path="tok", title="T",
        counts={"bytes_per_token": 3.5},
    )  # fmt: skip
    text = page(client, mixed)
    assert "3.50 bytes per token, as measured with T" in text
    url = reverse("corpora:version-save", args=[mixed.pk])
    sent = {"query": "weight.web=0.5", "tokenizer": str(tokenizer.pk)}
    assert client.post(url, sent).status_code == 302
    spec = Job.objects.get(verb="clean", state="waiting").spec
    assert (spec["weights"], spec["tokenizer"]) == ({"web": 0.5}, f"artifact:{tokenizer.pk}")
    answer = client.post(url, {"query": "weight.web=-5"})
    assert answer.status_code == 400
    assert "0 to 100" in answer.content.decode()
    assert client.post(url, {"tokenizer": "x"}).status_code == 404
    assert client.post(url, {"tokenizer": str(mixed.pk)}).status_code == 404


def test_the_api_tells_the_same(
    client: Client,
    mixed: Artifact,
    helper: None,  # noqa: F811
) -> None:
    url = reverse("api:corpus-mixture", args=[mixed.pk])
    answer = client.get(url, {"weight.web": "0.5", "budget": "1M"}).json()
    web = next(one for one in answer["sources"] if one["source"] == "web")
    assert web["documents"] == 30
    assert web["weighted_share"] == pytest.approx(15 / 25, abs=0.02)
    assert client.get(url, {"weight.web": "x"}).status_code == 400
