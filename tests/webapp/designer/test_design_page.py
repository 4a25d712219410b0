"""The designer without any script: every choice a post, numbers by the planner, nothing stored."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.factories import World, make_job, make_project
from training.planning.params import count_parameters
from training.registry import MODEL_PRESETS
from training.specs.model import ModelSpec
from training.units import format_count
from webapp.designer.page import DesignPage
from webapp.jobs.models import Job

MAX_HTML_BYTES = 60_000
SMALL = {
    "shown": "advanced",
    "train.model.num_layers": "2",
    "train.model.width": "64",
    "train.model.num_heads": "4",
}


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


@pytest.fixture
def url(world: World) -> str:
    return reverse("designer:design", args=[world.project.pk])


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:400]
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize("shown", ["basic", "advanced"])
def test_the_page_shows_every_group_within_the_budget(shown: str, client: Client, url: str) -> None:
    answer = client.get(url, {"shown": shown})
    text = text_of(answer)
    assert len(answer.content) < MAX_HTML_BYTES
    for told in ("How large the model is", "Su 2021", "Parameters by part", "N(0, 0.02²)"):
        assert told in text
    assert text.count('class="diagram"') == 1


@pytest.mark.parametrize("name", [*MODEL_PRESETS])
def test_a_preset_is_one_click_and_its_numbers_are_the_planners(
    name: str, client: Client, url: str
) -> None:
    text = text_of(client.post(url, {"preset": f"train:{name}"}))
    spec: ModelSpec = MODEL_PRESETS[name].load()
    count = count_parameters(spec.replace(vocab_size=spec.vocab_size or 8192))
    assert format_count(count.total) in text


def test_what_does_not_fit_is_disabled_with_the_reason(client: Client, url: str) -> None:
    text = text_of(client.post(url, SMALL | {"train.model.block_order": "parallel"}))
    post = re.search(r'<input[^>]*id="train.model.norm_placement=post"[^>]*>', text)
    assert post is not None
    assert "disabled" in post[0]
    assert "Not here: a parallel block normalises what both branches read" in text
    assert "has_shared_norm" in text


def test_an_unsound_design_is_told_with_a_fix_that_mends_it(client: Client, url: str) -> None:
    deep = SMALL | {"train.model.num_layers": "40", "train.model.norm_placement": "post"}
    text = text_of(client.post(url, deep))
    assert "make gradients vanish at the bottom" in text
    fix = json.dumps([["train.model.norm_placement", "deepnorm"]])
    mended = text_of(client.post(url, deep | {"set": fix}))
    assert "make gradients vanish" not in mended
    assert re.search(r'id="train.model.norm_placement=deepnorm"[^>]*checked', mended)


@pytest.mark.parametrize(
    "bad",
    [{"train.model.width": "7"}, {"train.model.num_heads": "many"},
     {"train.model.norm": "<script>alert(1)</script>"}, {"beside": "{" * 9000},
     {"beside": '{"model": {"width": []}}'}, {"set": "[[[["}, {"other": "run:x"},
     {"train.model.num_layers": "9" * 400}],
    ids=str,
)  # fmt: skip
def test_bad_input_is_a_sentence_and_never_markup(
    bad: dict[str, str], client: Client, url: str
) -> None:
    for address in (url, url + "live/"):
        text = text_of(client.post(address, SMALL | bad))
        assert "<script>alert" not in text
    assert Job.objects.count() == 0


def test_another_design_lies_beside_it(client: Client, url: str, world: World) -> None:
    text = text_of(client.post(url, SMALL | {"lay": "1", "other": "preset:gpt2-small"}))
    assert "Beside gpt2-small" in text
    assert text.count('class="diagram"') == 3
    assert "Choice that differs" in text
    held = re.search(r'name="beside" value="([^"]*)"', text)
    assert held is not None
    beside = held[1].replace("&quot;", '"')
    swapped = text_of(client.post(url, SMALL | {"beside": beside, "swap": "1"}))
    assert "Beside A" in swapped
    assert re.search(r'id="train.model.norm=layernorm"[^>]*checked', swapped)


def test_a_run_lends_its_architecture_and_a_stranger_s_run_does_not(
    client: Client, url: str, world: World
) -> None:
    job = make_job(world.project, verb="train", spec={"model": {"width": 96, "num_heads": 6}})
    text = text_of(client.get(url, {"from": str(job.pk)}))
    assert re.search(r'id="train.model.width"[^>]*value="96"', text)
    other = make_job(make_project(world.stranger), verb="train", spec={"model": {"width": 96}})
    assert client.get(url, {"from": str(other.pk)}).status_code == 404
    laid = text_of(client.post(url, SMALL | {"lay": "1", "other": f"run:{other.pk}"}))
    assert "Beside another design" in laid


def test_a_design_is_carried_into_the_builder(client: Client, url: str, world: World) -> None:
    text = text_of(client.post(url, SMALL | {"train.model.norm": "layernorm"}))
    assert 'name="train" value="train"' in text
    sent = SMALL | {"train.model.norm": "layernorm", "train": "train"}
    built = text_of(client.post(url, sent, follow=True))
    assert re.search(r'id="train.model.width"[^>]*value="64"', built)
    assert re.search(r'<option value="layernorm" selected', built)


def test_the_page_asks_a_constant_number_of_questions(
    client: Client, url: str, world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        make_job(world.project, verb="train", spec={"model": {"width": 64 + 32 * number}})
    with django_assert_max_num_queries(8):
        client.get(url)


def test_the_api_describes_a_design(client: Client, world: World) -> None:
    address = reverse("api:design", args=[world.project.pk])
    model = {"num_layers": 2, "width": 64, "num_heads": 5}
    answer = client.post(address, {"model": model}, content_type="application/json").json()
    assert answer["problems"][0]["field"] == "num_heads"
    assert answer["numbers"] == []
    good = client.post(address, {"model": model | {"num_heads": 4}}, "application/json").json()
    assert good["diagram"].startswith("<svg")
    expected = count_parameters(
        ModelSpec.model_validate(model | {"num_heads": 4}).replace(vocab_size=8192)
    )
    assert good["numbers"][0]["amount"] == expected.total


def test_reasons_are_told_for_every_choice_of_the_spec() -> None:
    from webapp.designer.designs import new_design

    draft = new_design()
    draft.is_advanced = True
    draft.steps[0].values = {"model": {"block_order": "parallel"}}
    page = DesignPage(draft, None)
    missing = [
        f"{option.field.name}={card.value}"
        for group in page.groups
        for option in group.choices
        for card in option.cards
        if card.reason is None
    ]
    assert missing == []


def test_what_cannot_be_built_is_carried_nowhere(client: Client, url: str) -> None:
    text = text_of(client.post(url, SMALL | {"train.model.num_heads": "5", "train": "train"}))
    assert "Heads must divide the width" in text
    assert "Design a model" in text
    assert "Design a model" in text_of(client.post(url, SMALL | {"train": "//elsewhere"}))


def test_laying_aside_is_answered_without_the_form(client: Client, url: str) -> None:
    text = text_of(client.post(url + "live/", SMALL | {"pin": "1", "title": "Mine"}))
    assert "builder-form" not in text.replace('form="builder-form"', "")
    held = re.search(r'name="beside" value="([^"]*)" hx-swap-oob', text)
    assert held is not None
    beside = held[1].replace("&quot;", '"')
    assert "Beside Mine" in text
    wider = text_of(
        client.post(url + "live/", SMALL | {"beside": beside, "train.model.width": "96"})
    )
    assert 'id="beside-pairs" hx-swap-oob' in wider
    assert "Choice that differs" in wider
    assert "Beside another design" in text_of(
        client.post(url + "live/", SMALL | {"beside": beside, "unpin": "1"})
    )
