"""An objective brings its model, says so, and is undone; what is left to choose is no mistake."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.webapp.builder.test_pages import address, artifact, text_of
from tests.webapp.factories import World


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


@pytest.fixture
def form(world: World) -> dict[str, str]:
    tokens = artifact(world, "tokens", train_tokens=1_000_000, vocab_size=2_048)
    return {
        "train.tokens": f"artifact:{tokens.pk}", "shown": "basic", "open": "",
        "train.objective": "causal", "settled": "causal", "show": "1",
    }  # fmt: skip


def chosen(text: str, field: str) -> str:
    select = re.search(rf'<select[^>]*id="train.{field}".*?</select>', text)
    if select is None:
        return ""
    found = re.search(r'<option value="([^"]*)" selected', select[0])
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("objective", "attention", "more"),
    [("masked", "bidirectional", {}), ("prefix", "prefix", {}), ("blank", "prefix", {}),
     ("replaced", "bidirectional", {"model.head": "discriminator"})],
)  # fmt: skip
def test_an_objective_sets_the_model_that_it_needs_and_says_so(
    world: World, client: Client, form: dict[str, str], objective: str, attention: str,
    more: dict[str, str],
) -> None:  # fmt: skip
    text = text_of(client.post(address(world, "train"), form | {"train.objective": objective}))
    assert chosen(text, "model.attention") == attention
    for field, value in more.items():
        assert chosen(text, field) == value
    assert f"Set with it: Attention = {attention}" in text
    assert f'name="settled" value="{objective}"' in text
    assert "Ready to start." in text


def test_it_is_undone_and_not_done_again(
    world: World, client: Client, form: dict[str, str]
) -> None:
    changed = form | {"train.objective": "masked"}
    text = text_of(client.post(address(world, "train"), changed))
    undo = re.search(r'name="set" value="([^"]*)" form="builder-form">Undo', text)
    assert undo is not None
    settled = changed | {"settled": "masked", "train.model.attention": "bidirectional"}
    back = text_of(client.post(address(world, "train"), settled | {"set": html.unescape(undo[1])}))
    assert chosen(back, "model.attention") == "causal"
    assert "guesses tokens from both sides" in back
    assert "Set with it" not in back


def test_what_is_started_is_taken_as_it_is(
    world: World, client: Client, form: dict[str, str]
) -> None:
    sent = {**form, "train.objective": "masked", "start": "1"}
    answer = client.post(address(world, "train"), sent)
    assert answer.status_code == 422
    assert chosen(answer.content.decode(), "model.attention") == "causal"


def test_what_is_left_to_choose_is_a_hint_until_it_is_started(
    world: World, client: Client, form: dict[str, str]
) -> None:
    text = text_of(client.get(address(world, "tokenizer")))
    assert "1 thing to choose before it can start." in text
    assert "field__error" not in text
    assert "aria-invalid" not in text
    answer = client.post(address(world, "tokenizer"), {"start": "1", "shown": "basic"})
    refused = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in refused
    assert 'name="tried" value="1"' in refused
    later = client.post(address(world, "tokenizer", name="builder:check"), {"tried": "1"})
    assert "1 problem to mend before it can start." in text_of(later)


def test_a_mistake_is_one_from_the_first_letter_on(world: World, client: Client) -> None:
    sent = {"tokenizer.vocab_size": "many", "shown": "basic"}
    text = text_of(client.post(address(world, "tokenizer", name="builder:check"), sent))
    assert "1 problem to mend before it can start. 1 thing to choose before it can start." in text
