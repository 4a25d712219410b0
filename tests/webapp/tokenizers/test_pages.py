"""Lists and pages of tokenizers and token stores: what they count, and the way into a new run."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from tests.webapp.factories import World
from training.folder.atomic import write_json
from webapp.jobs.models import Artifact


def make(world: World, kind: str, title: str, **counts: Any) -> Artifact:
    return Artifact.objects.create(
        project=world.project,
        kind=kind,
        title=title,
        counts=counts,
        path=f"jobs/{uuid.uuid4()}/output",
    )


def list_url(world: World) -> str:
    return reverse("tokenizers:list", kwargs={"project_id": world.project.pk})


def test_an_empty_list_says_what_to_do(world: World, as_user: Any) -> None:
    editor = as_user(world.editor).get(list_url(world)).content.decode()
    assert "No tokenizer yet" in editor
    assert "Build the whole chain" in editor
    assert (
        "Build the whole chain" not in as_user(world.viewer).get(list_url(world)).content.decode()
    )


def test_both_kinds_are_listed_with_their_counts(
    world: World, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make(world, "tokenizer", f"Pieces {number}", vocab_size=4096, tokens_per_word=1.314)
        make(world, "tokens", f"Store {number}", train_tokens=2_400_000, vocab_size=4096)
    client = as_user(world.viewer)
    with django_assert_max_num_queries(10):
        page = client.get(list_url(world)).content.decode()
    for words in ("Pieces 29", "Store 0", "4,096", "1.31", "2.4 M"):
        assert words in page


def test_a_tokenizer_tells_its_fit_and_leads_to_a_run(world: World, as_user: Any) -> None:
    row = make(world, "tokenizer", "<b>Odd</b>", vocab_size=4096, bytes_per_token=4.2)
    row.counts["kind"] = "unigram"
    row.save()
    row.folder.mkdir(parents=True)
    fit = {"num_documents": 9, "num_bytes": 4000, "num_words": 700, "num_tokens": 950}
    figures = {"fit": {**fit, "is_held_out": False}, "special_tokens": ["<|endoftext|>"]}
    write_json(row.folder / "statistics.json", figures)
    url = reverse("tokenizers:detail", kwargs={"result_id": row.pk})
    page = as_user(world.editor).get(url).content.decode()
    for words in (
        "4.20",
        "950",
        "so the figures flatter",
        "&lt;|endoftext|&gt;",
        "Use in a new run",
        "Unigram",
    ):
        assert words in page
    assert "<b>Odd" not in page


def test_what_is_neither_is_not_found_and_a_damaged_folder_is_survived(
    world: World, as_user: Any
) -> None:
    client = as_user(world.viewer)
    other = make(world, "documents", "Texts")
    url = reverse("tokenizers:detail", kwargs={"result_id": other.pk})
    assert client.get(url).status_code == 404
    row = make(world, "tokenizer", "Broken", vocab_size="many")
    row.folder.mkdir(parents=True)
    (row.folder / "statistics.json").write_text("{")
    url = reverse("tokenizers:detail", kwargs={"result_id": row.pk})
    page = client.get(url)
    assert page.status_code == 200
    assert b"tells no counts" in page.content


def test_what_a_list_leaves_out_is_said(world: World, as_user: Any) -> None:
    row = make(world, "tokenizer", "Pieces", vocab_size=4096)
    twins = [
        Artifact(project=world.project, kind="tokenizer", path=f"jobs/{uuid.uuid4()}/output")
        for _number in range(200)
    ]
    client = as_user(world.viewer)
    assert "the newest" not in client.get(list_url(world)).content.decode()
    Artifact.objects.bulk_create(twins)
    page = client.get(list_url(world)).content.decode()
    assert "the newest 200 of 201" in page
    assert str(row.pk) not in page
