"""The designer in Chromium: choices redraw the model at once, and a design becomes a run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.holding import Held
from tests.browser.server import Server


@pytest.fixture(scope="module")
def made(server: Server) -> dict[str, str]:
    """Ids of what there is to design for."""
    found: dict[str, str] = server.run("tests.browser.building")
    return found


@pytest.fixture
def designer(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], made: dict[str, str]
) -> Page:
    """The page, opened as somebody who is logged in."""
    log_in(page, server)
    page.goto(f"{server.url}/projects/{made['project']}/models/design/")
    return page


def choose(page: Page, field: str, value: str) -> None:
    page.locator(f'[id="train.model.{field}={value}"]').check()


def test_choices_redraw_the_model_and_its_numbers(designer: Page) -> None:
    drawing = designer.locator("#design-drawing")
    expect(drawing).to_contain_text("RoPE turns q and k")
    choose(designer, "position", "learned")
    expect(drawing).to_contain_text("Learned positions")
    expect(designer.locator('[id="train.model.rope_theta"]')).to_have_count(0)
    expect(designer.locator("#design-numbers")).to_contain_text("1.9 M")
    designer.locator('[id="train.model.width"]').fill("256")
    # 8,192 x 256 + 256 x 256 + 4 (4 x 256^2 + 3 x 256 x 704) + 9 x 256, by hand
    expect(designer.locator("#design-numbers")).to_contain_text("5.4 M")
    designer.locator('[id="train.model.num_heads"]').fill("7")
    beside = designer.locator("#builder-form .field__error")
    expect(beside.first).to_contain_text("Heads must divide the width")
    expect(designer.locator("#plan-note")).to_contain_text("last settings that could be built")
    beside.first.get_by_role("button").click()
    expect(designer.locator('[id="train.model.num_heads"]')).to_have_value("8")


def test_what_does_not_fit_is_disabled_until_it_fits(designer: Page) -> None:
    choose(designer, "block_order", "parallel")
    expect(designer.locator('[id="train.model.norm_placement=post"]')).to_be_disabled()
    choose(designer, "block_order", "sequential")
    expect(designer.locator('[id="train.model.norm_placement=post"]')).to_be_enabled()


def test_arrow_keys_go_through_a_choice(designer: Page) -> None:
    designer.locator('[id="train.model.norm=rmsnorm"]').focus()
    designer.keyboard.press("ArrowRight")
    expect(designer.locator("#design-drawing")).to_contain_text("LayerNorm")
    expect(designer.locator('[id="train.model.norm=layernorm"]')).to_be_focused()


def test_a_design_is_kept_beside_changed_and_trained(designer: Page, every_look: Callable) -> None:  # type: ignore[type-arg]
    designer.get_by_role("button", name="Keep this one, change on").click()
    choose(designer, "norm_placement", "deepnorm")
    expect(designer.locator("#design-beside")).to_contain_text("Choice that differs")
    expect(designer.locator("#design-beside")).to_contain_text("deepnorm")
    every_look(designer)
    designer.get_by_role("button", name="Train this").click()
    expect(designer).to_have_url(re.compile(r"/runs/new/train/\?"))
    expect(designer.locator('[id="train.model.norm_placement"]')).to_have_value("deepnorm")
    expect(designer.locator("#plan")).to_contain_text("Parameters")


@pytest.fixture
def held(designer: Page) -> Held:
    """What the page sends waits until the test lets it go."""
    return Held(designer, "/models/design/")


def test_what_is_changed_while_a_design_is_laid_aside_is_not_lost(
    designer: Page, held: Held
) -> None:
    """On a slow server: neither the pin nor the change, whichever is answered first."""
    designer.get_by_role("button", name="Keep this one, change on").click()
    held.wait_for(1)
    choose(designer, "norm_placement", "deepnorm")
    designer.locator('[id="train.model.width"]').fill("256")
    designer.wait_for_timeout(300)
    assert len(held.routes) == 1, "a change overtakes the button that was pressed before it"
    held.routes[0].continue_()
    held.wait_for(2)
    designer.locator('[id="title"]').fill("Typed meanwhile")
    held.routes.pop(0)
    held.let_all_go()
    beside = designer.locator("#design-beside")
    expect(beside.get_by_role("heading")).to_have_text("Beside A")
    expect(beside).to_contain_text("deepnorm")
    expect(beside).to_contain_text("5.3 M")
    expect(designer.locator('[id="title"]')).to_have_value("Typed meanwhile")
    expect(designer.locator('[id="train.model.width"]')).to_have_value("256")


def test_a_late_check_is_not_drawn_over_a_newer_form(designer: Page, held: Held) -> None:
    """The check of 7 heads is answered after the preset that came later."""
    designer.locator('[id="train.model.num_heads"]').fill("7")
    held.wait_for(1)
    designer.get_by_role("button", name="llama-15m", exact=True).click()
    designer.get_by_role("button", name="Basic").click()
    held.wait_for(2)
    held.let_all_go()
    expect(designer.get_by_role("button", name="Basic")).to_have_attribute("aria-current", "true")
    expect(designer.locator("#findings")).to_contain_text("It can be built.")
    designer.wait_for_timeout(300)
    expect(designer.locator("#findings")).to_contain_text("It can be built.")
    expect(designer.locator('[id="train.model.width"]')).to_have_value("288")
