"""How a store fills rows, in the plan: asked once for settings that matter, never in the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.builder.test_first_batch import form
from tests.webapp.builder.test_pages import address, artifact, text_of
from tests.webapp.factories import World
from training.linesocket import LineServer
from webapp.builder.filling import percent
from webapp.jobs.helper import socket_path

FOUND = {
    "num_rows": 12_300, "num_documents": 40_000, "num_counted": 40_000, "efficiency": 0.9731,
    "documents_per_row": 3.25, "crossing": 0.617, "num_cut": 1_200, "num_dropped": 0,
    "left_out": 0.0,
}  # fmt: skip


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


def answering(answer: dict[str, Any], asked: list[dict[str, Any]]) -> LineServer:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return answer

    return LineServer(socket_path(), reply)


def test_the_plan_tells_how_rows_fill_and_asks_once(world: World, client: Client) -> None:
    tokens = artifact(world, "tokens", train_tokens=1_000_000, vocab_size=2_048)
    asked: list[dict[str, Any]] = []
    server = answering({"ok": True, "result": FOUND}, asked)
    try:
        live = address(world, "train", name="builder:check")
        sent = form(f"artifact:{tokens.pk}")
        text = text_of(client.post(live, sent))
        for told in ("97.3 % text", "Attention blocked", "61.7 %", "1,200 (3.0 %)", "12,300"):
            assert told in text
        client.post(live, sent | {"train.num_steps": "9", "title": "Other"})
        assert len(asked) == 1
        assert asked[0]["arguments"]["sequence_length"] == 96
        crossing = text_of(client.post(live, sent | {"train.packing.isolation": "none"}))
        assert "Attention across documents" in crossing
        assert len(asked) == 2
    finally:
        server.close()


def test_without_the_helper_the_plan_stands_and_without_a_row_it_says_so(
    world: World, client: Client
) -> None:
    tokens = artifact(world, "tokens", train_tokens=1_000_000, vocab_size=2_048)
    live, sent = address(world, "train", name="builder:check"), form(f"artifact:{tokens.pk}")
    text = text_of(client.post(live, sent))
    assert "Parameters" in text
    assert "documents_per_row" not in text
    server = answering({"ok": False, "error": "Too <b>short</b>. Add text."}, [])
    try:
        assert "Too &lt;b&gt;short&lt;/b&gt;. Add text." in text_of(client.post(live, sent))
    finally:
        server.close()


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100.0 %"),
        (0.9999, "over 99.9 %"),
        (0.5, "50.0 %"),
        (0.0001, "under 0.1 %"),
        (0, "0.0 %"),
    ],
)
def test_shares_are_never_rounded_to_all_or_nothing(share: float, said: str) -> None:
    assert percent(share) == said
