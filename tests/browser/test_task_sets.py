"""Task sets in a real browser: the rows beside the form, tokens with their loss, every look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import answering_helper

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sets(server: Server) -> Iterator[dict[str, str]]:
    """A filled home, and its helper."""
    made: dict[str, str] = server.run("tests.webapp.tasksets.made")
    with answering_helper(server):
        yield made


def shot(page: Page, name: str) -> None:
    """Pictures for the eye, where somebody asks for them."""
    folder = os.environ.get("TRAINYARD_SHOTS")
    if not folder:
        return
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png", full_page=True)


def test_the_list_is_accessible_and_fits(inside, every_look, sets) -> None:
    page = inside("{project}task-sets/")
    expect(page.get_by_role("link", name="Sums <script>alert(1)</script>")).to_be_visible()
    every_look(page)
    shot(page, "list")


def test_rows_stand_beside_the_form_as_they_will_be_read(
    inside: Callable[[str], Page], every_look, sets
) -> None:
    page = inside("{project}task-sets/new/")
    preview = page.locator("#rows-preview")
    expect(preview.get_by_text("instruction ←").first).to_be_visible()
    page.get_by_text("Columns that are called otherwise").click()
    page.get_by_label("Instruction").fill("nowhere")
    expect(
        preview.get_by_text("has no column 'nowhere', which is named for instruction").first
    ).to_be_visible()
    page.get_by_label("Instruction").fill("")
    expect(preview.get_by_text("Add 1 and 1.").first).to_be_visible()
    every_look(page)
    shot(page, "new")
    page.get_by_role("button", name="Make the set").click()
    expect(page.get_by_text("The rows are being read.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Task sets")


def test_tokens_with_loss_are_marked_and_follow_the_choices(
    inside: Callable[[str], Page], every_look, sets
) -> None:
    page = inside(f"/task-sets/{sets['tasks']}/")
    tokens = page.locator("#task-tokens")
    expect(tokens.locator("mark").first).to_be_visible()
    expect(page.locator("#task-rows").get_by_text("instruction").first).to_be_visible()
    assert "underline" in tokens.locator("mark").first.evaluate(
        "node => getComputedStyle(node).textDecorationLine"
    )
    page.get_by_label("Row length").fill("20")
    page.get_by_label("Row length").press("Enter")
    expect(tokens.get_by_text("cut off").first).to_be_visible()
    page.get_by_label("Template").select_option("alpaca")
    expect(tokens.get_by_text("Below").first).to_be_visible()
    tokens.get_by_role("button", name="Later rows").click()
    expect(tokens.get_by_role("button", name="Earlier rows")).to_be_visible()
    every_look(page)
    page.get_by_label("Template").select_option("chatml")
    page.get_by_label("Row length").fill("120")
    page.get_by_label("Row length").press("Enter")
    expect(tokens.get_by_text("<|im_start|>").first).to_be_visible()
    shot(page, "detail")
