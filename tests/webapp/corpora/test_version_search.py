"""Search in a version as a page and by the API: hits escaped, pages, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts
from tests.webapp.corpora.test_versions import cleaned, indexed
from tests.webapp.factories import World
from training.helper.worker import answer
from training.linesocket import LineServer
from webapp.jobs.helper import socket_path
from webapp.jobs.models import Artifact

FILLER = "The owner of house {} was not at home when we came to it on that day in the month {}. "
TEXTS = [
    *(FILLER.format(n, n) for n in range(25)),
    "Before it <b>lighthouse\nkeeper</b> & after <script>alert(1)</script>",
    "从前有一个灯塔看守人，他住在海边。",
    "灯塔",
]


@pytest.fixture
def helper(settings: Any) -> Iterator[None]:
    server = LineServer(socket_path(), answer)
    yield
    server.close()


@pytest.fixture
def corpus(world: World, tmp_path: Path) -> Artifact:
    output = extract_texts(tmp_path, TEXTS)
    documents = indexed(world, "extract", output, {"builtin": "cpython"}, "Small texts")
    return cleaned(world, documents, tmp_path / "clean", word_count={"at_least": 5})


def page(client: Client, corpus: Artifact, **query: Any) -> str:
    response = client.get(reverse("corpora:version-search", args=[corpus.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def api(client: Client, corpus: Artifact, **query: Any) -> Any:
    response = client.get(reverse("api:corpus-search", args=[corpus.pk]), query)
    assert response.status_code == 200, response.content
    return response.json()


def test_hits_are_marked_and_escaped_across_a_line_break(
    client: Client, corpus: Artifact, helper: None
) -> None:
    text = page(client, corpus, phrase="LIGHTHOUSE keeper", ignore_case="on")
    assert "1 hit in 1 document" in text
    assert "&lt;b&gt;<mark>lighthouse\nkeeper</mark>&lt;/b&gt; &amp; after" in text
    assert "<script>alert" not in text
    assert "texts.jsonl, line 26" in text
    assert "No document holds" in page(client, corpus, phrase="LIGHTHOUSE keeper")
    link = reverse("corpora:version-document", args=[corpus.pk, 25])
    assert f"{link}?phrase=LIGHTHOUSE+keeper&amp;ignore_case=on" in text
    whole = client.get(link, {"phrase": "LIGHTHOUSE keeper", "ignore_case": "on"})
    assert "<mark>lighthouse\nkeeper</mark>" in whole.content.decode()


def test_dropped_documents_are_found_when_asked_for(
    client: Client, corpus: Artifact, helper: None
) -> None:
    kept = api(client, corpus, phrase="灯塔")
    every = api(client, corpus, phrase="灯塔", among="all")
    assert (kept["num_documents"], every["num_documents"]) == (1, 2)
    assert [row["is_kept"] for row in every["documents"]] == [True, False]
    assert ">dropped</span>" in page(client, corpus, phrase="灯塔", among="all")


def test_pages_follow_one_another_and_end(client: Client, corpus: Artifact, helper: None) -> None:
    seen: list[int] = []
    first: int | None = 0
    while first is not None:
        answer = api(client, corpus, phrase="was not at home", first=first, limit=10)
        assert answer["is_complete"]
        seen += [row["index"] for row in answer["documents"]]
        first = answer["next"]
    assert seen == list(range(25))
    text = page(client, corpus, phrase="was not at home")
    assert "25 hits in 25 documents" in text
    assert "first=10" in text


@pytest.mark.parametrize(
    ("query", "why"),
    [({"phrase": "x" * 1001}, "1,001 characters"), ({"phrase": "house", "first": "x"}, "hits in")],
)
def test_odd_addresses_give_a_sentence(
    client: Client, corpus: Artifact, helper: None, query: dict[str, str], why: str
) -> None:
    assert why in page(client, corpus, **query)
    url = reverse("api:corpus-search", args=[corpus.pk])
    assert client.get(url, query).status_code == 400


def test_without_a_phrase_or_a_helper_there_is_a_page(client: Client, corpus: Artifact) -> None:
    assert "Type a phrase" in page(client, corpus)
    assert "does not answer" in page(client, corpus, phrase="home")
