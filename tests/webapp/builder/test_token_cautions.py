"""Before a run: tokens that were cut to shreds, or by another tokenizer than the base's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.builder.test_pages import address, artifact, text_of
from tests.webapp.factories import World
from training.folder.atomic import write_json
from webapp.jobs.models import Artifact

ROW = {
    "documents": 9, "num_bytes": 90_000, "characters": 30_000, "words": 30_000, "tokens": 54_000,
    "unknown": 0, "partial": 0,
}  # fmt: skip
FIT = {"vocab_size": 500, "train_tokens": 50_000, "pieces_used": 480}


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


def tokens_with(world: World, pieces: dict[str, int], **row: int) -> Artifact:
    tokens = artifact(world, "tokens", train_tokens=50_000, vocab_size=500)
    (tokens.folder / "tokenizer").mkdir(parents=True)
    write_json(tokens.folder / "fit.json", {**FIT, "by_language": {"zh": {**ROW, **row}}})
    write_json(tokens.folder / "tokenizer" / "tokenizer.json", {"model": {"vocab": pieces}})
    return tokens


def base_with(world: World, pieces: dict[str, int]) -> Artifact:
    base = artifact(world, "model")
    base.folder.mkdir(parents=True)
    added = [{"content": "<s>", "id": len(pieces), "special": True}]
    data = {"model": {"vocab": pieces}, "added_tokens": added}
    (base.folder / "tokenizer.json").write_text(json.dumps(data))
    return base


def form(tokens: Artifact, base: Artifact | None = None) -> dict[str, str]:
    named = {"train.base": f"artifact:{base.pk}"} if base else {}
    return {"open": "", "train.tokens": f"artifact:{tokens.pk}", **named}


def test_tokens_cut_to_shreds_are_doubted_with_number_and_remedy(
    world: World, client: Client
) -> None:
    page = text_of(client.post(address(world, "train"), form(tokens_with(world, {"a": 0}))))
    assert "shreds the text in zh (100% of all): 1.80 tokens per word" in page
    assert "extend_tokenizer" in page
    good = tokens_with(world, {"a": 0}, tokens=24_000)
    assert "shreds" not in text_of(client.post(address(world, "train"), form(good)))


def test_tokens_of_another_tokenizer_are_told_before_the_run_refuses_them(
    world: World, client: Client
) -> None:
    base = base_with(world, {"a": 0, "b": 1})
    moved = form(tokens_with(world, {"a": 0, "b": 2, "c": 1}, tokens=24_000), base)
    page = text_of(client.post(address(world, "train"), moved))
    assert "2 of the 3 pieces of these tokens have another id" in page
    assert "resize_embeddings" in page
    same = form(tokens_with(world, {"a": 0, "b": 1, "<s>": 2}, tokens=24_000), base)
    assert "have another id" not in text_of(client.post(address(world, "train"), same))


@pytest.mark.parametrize("fit", ["{", "[]", '{"by_language": {"zh": {"tokens": "many"}}}'])
def test_damaged_figures_are_survived(world: World, client: Client, fit: str) -> None:
    tokens = tokens_with(world, {"a": 0})
    (tokens.folder / "fit.json").write_text(fit)
    (tokens.folder / "tokenizer" / "tokenizer.json").write_text('{"model": 3}')
    asked = form(tokens, base_with(world, {"a": 0}))
    assert client.post(address(world, "train"), asked).status_code == 200
    url = reverse("tokenizers:detail", kwargs={"result_id": tokens.pk})
    assert client.get(url).status_code == 200


def test_the_page_of_a_token_store_shows_how_its_text_was_cut(world: World, client: Client) -> None:
    tokens = tokens_with(world, {"a": 0})
    url = reverse("tokenizers:detail", kwargs={"result_id": tokens.pk})
    page = text_of(client.get(url))
    for words in ("How its text was cut", "1.80", "1.1", "The tokenizer shreds the text in zh"):
        assert words in page
