"""Clusters of duplicates as pages and API, asked of the real helper."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.corpus.jobs import extract_texts
from tests.webapp.corpora.test_versions import cleaned, helper, indexed
from tests.webapp.factories import World
from training.helper.clusters import COMPARED_CHARACTERS, difference, read_cluster
from webapp.jobs.models import Artifact

__all__ = ["helper"]

WORDS = [f"word{n}" for n in range(60)]
SAME = "a sentence that stands there twice, word for word, and nothing else is in it"
TEXTS = [
    " ".join(WORDS),
    " ".join([*WORDS[:30], "<script>changed</script>", *WORDS[31:]]),
    " ".join([*WORDS, "and a longer end, mail ada@example.org"]),
    SAME,
    SAME,
    "quite another text that nobody has copied",
]


@pytest.fixture
def corpus(world: World, tmp_path: Path) -> Artifact:
    output = extract_texts(tmp_path, TEXTS)
    documents = indexed(world, "extract", output, {"builtin": "cpython"}, "Copies")
    near = {"jaccard": 0.5, "shingle_words": 3}
    return cleaned(world, documents, tmp_path / "clean", near_duplicates=near)


def page(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_clusters_are_listed_largest_first_with_what_is_kept(
    client: Client, corpus: Artifact, helper: None
) -> None:
    body = client.get(reverse("api:corpus-clusters", args=[corpus.pk])).json()
    assert (body["num_clusters"], body["num_documents"]) == (2, 5)
    assert [one["size"] for one in body["clusters"]] == [3, 2]
    first = body["clusters"][0]
    # the longest copy is kept, and is the one that the cluster is shown by
    assert (first["index"], first["has_kept"], first["num_alive"]) == (2, True, 3)
    assert "ada@example.org" not in first["excerpt"]
    shown = page(client, reverse("corpora:version-clusters", args=[corpus.pk]))
    assert "2 clusters" in shown
    assert reverse("corpora:version-cluster", args=[corpus.pk, 2]) in shown


def test_a_cluster_shows_each_copy_against_the_kept_one(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("api:corpus-cluster", args=[corpus.pk, 1])
    body = client.get(url).json()
    assert [member["index"] for member in body["members"]] == [2, 0, 1]
    kept, copy, changed = body["members"]
    assert kept["is_kept"]
    assert kept["reason"] == "the longest copy"
    assert copy["reason"].endswith("which is kept")
    assert 0.5 < changed["jaccard"] < copy["jaccard"] < 1
    assert ["added", "<script>changed</script>"] in changed["pieces"]
    assert ["left_out", "word30"] in changed["pieces"]
    shown = page(client, reverse("corpora:version-cluster", args=[corpus.pk, 1]))
    assert "<script>changed" not in shown
    assert f"<ins>{html.escape('<script>changed</script>')}</ins>" in shown
    assert "ada@example.org" not in shown


def test_another_kept_copy_where_another_rule_drops_the_first(
    client: Client, corpus: Artifact, helper: None
) -> None:
    changes = {"word_count.is_on": "true", "word_count.at_least": "1", "word_count.at_most": "62"}
    url = reverse("api:corpus-cluster", args=[corpus.pk, 1])
    members = client.get(url, changes).json()["members"]
    assert members[0]["index"] in {0, 1}
    assert next(one for one in members if one["index"] == 2)["reason"] == "Too short or too long"


def test_settings_that_were_not_searched_with_say_what_to_do(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("corpora:version-clusters", args=[corpus.pk])
    shown = page(client, url, **{"near_duplicates.jaccard": "0.9"})
    assert "have not been searched with yet" in shown
    response = client.get(
        reverse("api:corpus-clusters", args=[corpus.pk]), {"near_duplicates.jaccard": "0.9"}
    )
    assert response.status_code == 400
    assert "Save the rules as a new version" in response.content.decode()


def test_a_document_without_a_copy_has_no_cluster(
    client: Client, corpus: Artifact, helper: None
) -> None:
    shown = page(client, reverse("corpora:version-cluster", args=[corpus.pk, 5]))
    assert "Document 5 has no duplicate" in html.unescape(shown)
    exact = page(
        client, reverse("corpora:version-clusters", args=[corpus.pk]), rule="exact_duplicates"
    )
    assert "1 cluster" in exact


def test_a_difference_tells_words_of_both_sides() -> None:
    assert difference("one two three", "one 2 three four") == [
        ("same", "one "), ("left_out", "two"), ("added", "2"), ("same", " three"),
        ("added", " four"),
    ]  # fmt: skip
    assert difference("我们来了", "他们来了") == [
        ("left_out", "我"),
        ("added", "他"),
        ("same", "们来了"),
    ]


def test_a_value_at_the_end_of_what_is_compared_is_masked_whole(
    world: World, tmp_path: Path
) -> None:
    text = "w " * (COMPARED_CHARACTERS // 2 - 5) + "ada.lovelace@example.org and more"
    output = extract_texts(tmp_path, [text, text])
    documents = indexed(world, "extract", output, {"builtin": "cpython"}, "Twice")
    corpus = cleaned(world, documents, tmp_path / "clean")
    rules = json.loads((corpus.folder / "rules.json").read_text())
    answer = read_cluster(str(corpus.folder), rules, "exact_duplicates", 0)
    assert "ada" not in str(answer["members"])


def test_a_search_that_was_not_made_is_not_called_empty(
    client: Client, corpus: Artifact, helper: None
) -> None:
    url = reverse("corpora:version", args=[corpus.pk])
    assert "Not known yet" not in page(client, url, rule="near_duplicates")
    asked = {"rule": "near_duplicates", "near_duplicates.jaccard": "0.9"}
    shown = page(client, url, **asked)
    assert "Not known yet: it is computed when a version with this rule on is saved." in shown
    assert "Nothing is dropped." not in shown
