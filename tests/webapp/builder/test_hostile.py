"""Hostile forms and YAML: refused with a sentence, no server error, nothing taken in silence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.webapp.builder.test_pages import address, text_of
from tests.webapp.factories import World
from webapp.builder.values import MAX_YAML_CHARS
from webapp.jobs.models import Job

DIGITS = "9" * 5_000


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


def sent(client: Client, world: World, page: str, **form: Any) -> Any:
    return client.post(address(world, page), {key.replace("__", "."): v for key, v in form.items()})


@pytest.mark.parametrize(
    "form",
    [
        {"dial": "train", "depth": DIGITS},
        {"train__num_steps": DIGITS},
        {"train__num_steps": "nan"},
        {"train__optimizer__learning_rate": "1e999"},
        {"train__optimizer__learning_rate": "-inf"},
        {"train__seed": "\u0661\u0662"},
        {"set": f'[["train.samples.prompts.{DIGITS}", 1]]'},
        {"set": '[["train.model", [1, 2]], ["train.tokens", {"a": [1]}]]'},
        {"set": '[["train.optimizer.learning_rate", NaN], ["train.num_steps", 1e999]]'},
        {"set": '[["train.samples.prompts", [{"a": 1}, null, 3]]]'},
        {"remove": f"train.x.{DIGITS}"},
        {"add": "train.tokens.@count"},
        {"open": ["x"] * 400},
        {"start": "1", "title": "\u202e../../<script>" + "x" * 300},
    ],
)
def test_a_hostile_form_is_shown_again(form: Any, world: World, client: Client) -> None:
    answer = sent(client, world, "train", **form)
    assert answer.status_code in {200, 422}
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    "form",
    [
        {"extract__inputs__@count": DIGITS},
        {"extract__inputs__@count": "3", "remove": f"extract.inputs.{DIGITS}"},
        {"extract__inputs__@count": "3", "set": f'[["extract.inputs.{DIGITS}.path", "x"]]'},
        {"extract__inputs__@count": "\u00b2"},
    ],
)
def test_lists_of_a_hostile_length(form: Any, world: World, client: Client) -> None:
    assert sent(client, world, "extract", **form).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "num_steps: !!binary aGVsbG8=",
        "num_steps: !!timestamp 2001-01-01",
        "model: !!set {a, b}",
        "model: !!omap [a: 1]",
        "samples: {prompts: !!pairs [a: 1]}",
        "num_steps: !!python/object/apply:os.system ['true']",
        "a: &a [x]\nb: *a",
        "a: &a {x: 1}\nb: {<<: *a}",
        "<<: {num_steps: 3}",
        "? [a, b]\n: 1",
        "? {a: 1}\n: 1",
        "1: 2\nx: 3",
        "model: {1: 2, a: 3}",
        "num_steps: .nan",
        "optimizer: {learning_rate: .inf}",
        f"num_steps: {DIGITS}",
        f"num_steps: 0x{DIGITS}",
        "num_steps: 1:" + "59:" * 2000 + "1",
        "tokens: [artifact, 1]",
        "tokens: ../../etc/passwd",
        "tokens: folder:x/../../y",
        "[" * 5000,
        "{" * 5000,
        "- " * 5000,
        "\ufeffnum_steps: 3",
        "\u202enum_steps: 3",
        "num_steps: \x00",
        "verb: train",
        "verb: [1]\nspec: 2",
        "verb: {a: 1}\nspec: {}",
        "--- \nverb: train\nspec: null\n",
        "...",
        "%YAML 9.9\n---\nnum_steps: 3",
        "samples: {prompts: ['<script>alert(1)</script>', '\u202e']}",
    ],
)
@pytest.mark.parametrize("page", ["train", "chain"])
def test_hostile_yaml_is_told_and_never_breaks_a_page(
    page: str, text: str, world: World, client: Client
) -> None:
    answer = client.post(address(world, page), {"take": "1", "yaml": text})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("train", "".join(f"x{number}: 1\n" for number in range(2_000))),
        ("tokenizer", "extra_special_tokens: [" + ", ".join(["' '"] * 3_000) + "]"),
        ("train", "model: " + "{a: " * 300 + "1" + "}" * 300),
        ("train", "---\n".join(["verb: train\nspec: {}\n"] * 3_000)),
        ("extract", "inputs: [" + ", ".join(["{path: x}"] * 300) + "]"),
        ("train", "# " + "x" * MAX_YAML_CHARS),
    ],
)
def test_what_is_wrong_a_thousand_times_is_told_a_few_times(
    page: str, text: str, world: World, client: Client
) -> None:
    answer = client.post(address(world, page), {"take": "1", "yaml": text})
    assert answer.status_code == 200
    assert 1 <= answer.content.count(b"data-at=") <= 120


def test_a_file_that_is_no_text_is_refused_by_line(world: World, client: Client) -> None:
    for data, said in [(b"num_steps: 3\nseed: \xff", "line 2"), (b"%PDF-1.7\xff", "UTF-8")]:
        file = SimpleUploadedFile("settings.yaml", data)
        answer = client.post(address(world, "train"), {"take": "1", "yaml_file": file})
        assert said in text_of(answer)
        assert "Ready to start." not in text_of(answer)


def test_a_depth_that_is_none_is_told(world: World, client: Client) -> None:
    answer = client.post(address(world, "train"), {"dial": "train", "depth": "100"})
    assert "Is no depth" in text_of(answer)
    assert "1 to 64" in text_of(answer)
