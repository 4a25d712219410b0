"""Extending from the page: a preview of what is added, the jobs, and what one brought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.training.vocabulary import kinds
from tests.webapp.factories import World
from tests.webapp.tokenizers.test_compare import make
from training.folder.atomic import write_json
from webapp.jobs.models import Artifact, Job


@pytest.fixture
def base(world: World, tmp_path: Path) -> Artifact:
    return make(world, "tokenizer", "Bytes", kinds.byte_level(tmp_path / "bytes"))


def url(world: World) -> str:
    return reverse("tokenizers:extend", kwargs={"project_id": world.project.pk})


@pytest.mark.usefixtures("helper")
def test_the_preview_shows_each_term_and_why_it_is_not_added(
    world: World, as_user: Any, base: Artifact, tmp_path: Path
) -> None:
    other = make(world, "tokenizer", "Other", kinds.unigram(tmp_path / "other", {}))
    terms = "electrode\nthe\nCOVID-19\n" + "x" * 10_000 + "\n<b>odd</b>"
    asked = {"base": str(base.pk), "terms": terms, "other": str(other.pk), "corpus": ""}
    headers = {"hx-request": "true"}
    page = as_user(world.editor).post(url(world), asked, headers=headers).content.decode()
    for words in (
        "it is a piece already", "before pieces are made", "is 10,000 characters long",
        "cannot be merged", "byte-level, as GPT-2", "new pieces",
    ):  # fmt: skip
        assert words in page
    assert "<b>odd" not in page
    assert not Job.objects.filter(verb="extend_tokenizer").exists()
    many = {**asked, "terms": "\n".join(f"term{number}" for number in range(5_000)), "other": ""}
    assert as_user(world.editor).post(url(world), many, headers=headers).status_code == 200


def test_extending_a_model_makes_both_jobs_once(world: World, as_user: Any, base: Artifact) -> None:
    client = as_user(world.editor)
    Artifact.objects.filter(pk=base.pk).update(kind="model")
    corpus = make(world, "corpus", "Mine")
    posted = {
        "base": str(base.pk), "terms": "electrode\n\n猫坐", "other": "", "corpus": str(corpus.pk),
        "num_terms": "7", "min_count": "3", "min_pieces": "2", "resizes": "on", "key": "once",
    }  # fmt: skip
    assert client.post(url(world), posted).status_code == 302
    assert client.post(url(world), posted).status_code == 302
    extend = Job.objects.get(verb="extend_tokenizer")
    resize = Job.objects.get(verb="resize_embeddings")
    assert extend.spec["model"] == resize.spec["model"] == f"artifact:{base.pk}"
    assert extend.spec["terms"] == ["electrode", "猫坐"]
    assert extend.spec["mining"]["num_terms"] == 7
    assert resize.spec["tokenizer"] == f"job:{extend.pk}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"terms": "twice\ntwice"}, "is given twice"),
        ({"terms": ""}, "there is nothing to add"),
        ({"resizes": "on"}, "this is a tokenizer alone"),
        ({"base": "x"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_extended_is_told_and_nothing_is_made(
    world: World, as_user: Any, base: Artifact, changes: dict[str, str], said: str
) -> None:
    posted = {"base": str(base.pk), "terms": "electrode", "other": "", "corpus": "", **changes}
    answer = as_user(world.editor).post(url(world), posted)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Job.objects.filter(verb="extend_tokenizer").exists()


def test_the_page_of_an_extended_tokenizer_tells_what_was_added_and_the_check(
    world: World, as_user: Any
) -> None:
    row = make(world, "tokenizer", "Larger")
    row.folder.mkdir(parents=True)
    figures = {
        "base_vocab_size": 300, "added": 12, "merged": 0, "terms": 3, "mined": 1, "on_the_way": 9,
        "reachable": 12, "saved_fraction": 0.0625,
        "listed": [{"term": "<i>fox</i>", "piece": "x", "num_before": 4, "count": None}],
        "refused": [{"term": "the", "reason": "it is a piece already, with the id 3"}],
    }  # fmt: skip
    write_json(row.folder / "statistics.json", {"extension": figures})
    model = make(world, "model", "Resized")
    model.counts = {
        "vocab_size": 312, "new_pieces": 12, "loss_before": 3.25, "loss_after": 3.25,
        "check_tokens": 900, "taken_fraction": 0.021,
    }  # fmt: skip
    model.save()
    model.sources.add(row)
    where = reverse("tokenizers:detail", kwargs={"result_id": row.pk})
    page = as_user(world.viewer).get(where).content.decode()
    for words in ("What was added", "6.2 %", "3.250000", "2.1 %", "with the id 3", "4 → 1"):
        assert words in page
    assert "<i>fox" not in page
    write_json(row.folder / "statistics.json", {"extension": {"added": "many"}})
    assert as_user(world.viewer).get(where).status_code == 200
