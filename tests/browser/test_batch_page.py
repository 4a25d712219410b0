"""A batch drawn, before a run is started and at one of its steps, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import answering_helper

pytestmark = pytest.mark.browser

LENGTH = 64


@pytest.fixture(scope="module")
def trained(server: Server) -> Iterator[dict[str, str]]:
    """A run, its tokens, and the helper that draws their batches."""
    made: dict[str, str] = server.run("tests.browser.trained")
    with answering_helper(server):
        yield made


def test_the_batch_of_a_step_is_drawn_and_read_by_pointer_and_keys(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    trained: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/runs/{trained['run']}/step/?step=3")
    page.get_by_role("link", name="The batch drawn").click()
    expect(page.get_by_role("heading", name="The batch of step 3")).to_be_visible()
    expect(page.locator(".batch-row")).to_have_count(4)
    bar = page.get_by_role("slider").first
    bar.focus()
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"Place 0: document \d+, its token"))
    bar.press("End")
    last = re.compile(rf"Place {LENGTH - 1}: .*position \d+, (carries|no) loss")
    expect(bar).to_have_attribute("aria-valuetext", last)
    bar.press("ArrowLeft")
    expect(page.locator("[data-batch-said]").first).to_contain_text(f"Place {LENGTH - 2}")
    bar.hover()
    expect(page.locator("[data-batch-said]").first).to_contain_text("document")
    expect(page.get_by_role("img", name=re.compile("Attention mask of row"))).to_have_count(1)
    every_look(page)
    look(page, "batch-of-step")


def test_the_first_batch_is_drawn_before_anything_is_started(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    trained: dict[str, str],
    every_look: Callable[[Page], None],
    watch,
) -> None:
    log_in(page, server)
    page.goto(f"{page.url}runs/new/train/?artifact={trained['tokens']}")
    page.get_by_label("Way of packing").select_option("best_fit")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Draw the first batch").click()
    drawn = opened.value
    watch.follow(drawn)
    expect(drawn.get_by_role("heading", name="The first batch")).to_be_visible()
    expect(drawn.locator(".batch-row")).to_have_count(8)
    expect(drawn.get_by_role("row", name=re.compile("Blocked by the mask"))).to_contain_text("%")
    every_look(drawn)
    look(drawn, "first-batch")
    # The form stands as it was.
    expect(page.get_by_label("Way of packing")).to_have_value("best_fit")


def look(page: Page, name: str) -> None:
    """Keep pictures for a person where the environment names a folder for them."""
    folder = os.environ.get("TRAINYARD_TEST_PICTURES")
    for width in (1280, 390) if folder else ():
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 1000})
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png", full_page=True)
