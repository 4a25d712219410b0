"""The drawn batch: a page and an API that say why there is none; shapes in the units of a row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.webapp.builder.test_pages import address, artifact, text_of
from tests.webapp.factories import World, make_project
from training.linesocket import LineServer
from webapp.builder.batch_picture import picture_of
from webapp.jobs.helper import socket_path
from webapp.jobs.models import Artifact


def figures(**changes: float) -> dict[str, float]:
    return {
        "rows": 1, "tokens": 7, "padding": 1, "efficiency": 0.875, "documents_per_row": 2.0,
        "most_documents": 2, "crossing_fraction": 0.5, "blocked_fraction": 0.5, **changes,
    }  # fmt: skip


def drawn(**changes: Any) -> dict[str, Any]:
    """Two documents and a place of padding in a row of eight."""
    spans = [[4, 3, 0, 4, 0], [9, 0, 4, 7, 0], [-1, 0, 7, 8, 0]]
    row = {"row": 5, "spans": spans, "targets": [[0, 3], [4, 6]], "num_targets": 5}
    return {
        "sequence_length": 8, "num_rows": 1, "first_row": 0, "isolation": "document",
        "resets_positions": True, "is_causal": True, "is_next_token": True, "left_out": 3,
        "notes": ["<b>note</b>"], "batch": figures(), "split": figures(),
        "rows": [{**row, "is_cut": False}], **changes,
    }  # fmt: skip


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.viewer)  # type: ignore[no-any-return]


@pytest.fixture
def asked() -> Any:
    """A process that answers as the helper does, and keeps what it was asked."""
    requests: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        requests.append(request)
        return {"ok": True, "result": drawn()}

    server = LineServer(socket_path(), answer)
    yield requests
    server.close()


@pytest.fixture
def tokens(world: World) -> Artifact:
    return artifact(world, "tokens", train_tokens=1_000_000, vocab_size=2_048)


def form(tokens: str) -> dict[str, str]:
    return {
        "train.tokens": tokens, "train.packing.way": "best_fit", "train.model.context_length": "96",
        "train.batch_size": "4", "train.seed": "7", "shown": "basic", "open": "",
    }  # fmt: skip


def test_the_form_as_it_stands_is_asked_for_and_drawn(
    world: World, client: Client, tokens: Artifact, asked: list[dict[str, Any]]
) -> None:
    answer = client.post(
        address(world, "train", name="builder:batch"), form(f"artifact:{tokens.pk}")
    )
    page = text_of(answer)
    settings = asked[0]["arguments"]["settings"]
    assert settings["sequence_length"] == 96
    assert settings["packing"]["way"] == "best_fit"
    assert (settings["batch_size"], settings["seed"]) == (4, 7)
    assert asked[0]["arguments"]["tokens"] == str(tokens.folder)
    assert "87.5 %" in page
    assert "&lt;b&gt;note&lt;/b&gt;" in page
    assert 'data-spans="4 3 0 4 0;9 0 4 7 0;-1 0 7 8 0"' in page


@pytest.mark.parametrize(
    ("reference", "said"),
    [("", "The tokens are not there yet"), ("job:1", "The tokens are not there yet")],
)
def test_a_draft_without_tokens_says_so(
    world: World, client: Client, reference: str, said: str
) -> None:
    answer = client.post(address(world, "train", name="builder:batch"), form(reference))
    assert answer.status_code == 200
    assert said in text_of(answer)


def test_tokens_of_another_project_are_not_there(
    world: World, client: Client, tokens: Artifact, asked: list[dict[str, Any]]
) -> None:
    tokens.project = make_project(world.stranger, "Other")
    tokens.save()
    answer = client.post(
        address(world, "train", name="builder:batch"), form(f"artifact:{tokens.pk}")
    )
    assert "The tokens are not there yet" in text_of(answer)
    assert asked == []


def test_settings_that_cannot_run_are_mended_first(
    world: World, client: Client, tokens: Artifact
) -> None:
    sent = {**form(f"artifact:{tokens.pk}"), "train.batch_size": "0"}
    page = text_of(client.post(address(world, "train", name="builder:batch"), sent))
    assert "Mend the problems of the form first" in page


def test_without_the_helper_a_sentence_is_shown(
    world: World, client: Client, tokens: Artifact
) -> None:
    answer = client.post(
        address(world, "train", name="builder:batch"), form(f"artifact:{tokens.pk}")
    )
    assert "The helper process does not answer" in text_of(answer)


def test_a_page_without_a_training_has_no_batch(world: World, client: Client) -> None:
    answer = client.post(address(world, "tokenizer", name="builder:batch"), {})
    assert "there is no batch" in text_of(answer)


def test_the_api_draws_the_same(
    world: World, client: Client, tokens: Artifact, asked: list[dict[str, Any]]
) -> None:
    spec = {"tokens": f"artifact:{tokens.pk}", "sequence_length": 64}
    body = json.dumps({"verb": "train", "spec": spec})
    at = f"/api/v1/projects/{world.project.pk}/first-batch/"
    answer = client.post(at, body, content_type="application/json")
    assert answer.json()["rows"][0]["targets"] == [[0, 3], [4, 6]]
    refused = client.post(at, json.dumps({"verb": "train"}), content_type="application/json")
    assert refused.status_code == 400


def test_shapes_are_in_units_of_tokens() -> None:
    (row,) = picture_of(drawn()).rows
    bar = {shape.style: shape.path for shape in row.bar}
    assert bar["slot-1"] == "M0 0h4v12H0z"
    assert bar["batch-padding"] == "M7 0h1v12H7z"
    assert bar["batch-target"] == "M0 12h3v4H0zM4 12h2v4H4z"
    assert [shape.path for shape in row.mask] == ["M0 0V4H4z", "M4 4V7H7z", "M7 7V8H8z"]
    # 10 + 6 + 1 of 36 pairs are seen.
    assert row.blocked == "52.8 %"
    assert [one.num_targets for one in row.listed] == [3, 2, 0]
    both_ways = picture_of(drawn(is_causal=False)).rows[0].mask
    assert both_ways[0].path == "M0 0V4H4V0z"
    open_mask = picture_of(drawn(isolation="none")).rows[0].mask
    assert [(shape.style, shape.path) for shape in open_mask] == [("batch-open", "M0 0V8H8z")]
