"""A corpus version in a real browser: keys and pointer on the threshold, saving, both widths."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS
from tests.browser.server import Server
from tests.browser.versions import version_fixture
from tests.browser.watching import slow_network

pytestmark = pytest.mark.browser

SEED = """
documents = make("extract", {"builtin": "cpython"}, builtin="cpython")
corpus = cleaned(documents, {"preset": "english_gopher"})
"""
corpus = version_fixture("Python", SEED)


def test_a_threshold_moves_by_keys_and_pointer_and_is_saved(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.get_by_role("button", name="Too short or too long", exact=True).click()
    handle = page.get_by_role("slider", name="At least")
    handle.focus()
    page.keyboard.press("Home")
    kept = page.locator("#summary strong")
    expect(kept).to_be_visible()
    expect(page.locator("input[name='word_count.at_least'][data-threshold]")).to_have_value("0")
    before = kept.inner_text()
    svg, grip = page.locator(".histogram svg").bounding_box(), handle.bounding_box()
    assert svg is not None
    assert grip is not None
    page.mouse.move(grip["x"] + grip["width"] / 2, svg["y"] + 20)
    page.mouse.down()
    page.mouse.move(svg["x"] + svg["width"] * 0.7, svg["y"] + 20, steps=8)
    page.mouse.up()
    expect(kept).not_to_have_text(before)
    page.get_by_label("Name of the version").fill("Longer ones")
    page.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_text("The new version is being made")).to_be_visible()
    expect(page.get_by_text("Corpus of Longer ones")).to_be_visible()


def test_thresholds_typed_faster_than_the_server_answers_end_at_the_last(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.get_by_role("button", name="Too short or too long", exact=True).click()
    at_least = page.locator("input[name='word_count.at_least'][data-threshold]")
    expect(at_least).to_be_visible()
    slow_network(page)
    at_least.fill("")
    at_least.press_sequentially("90000", delay=120)
    expect(page.locator("#summary strong")).to_have_text(re.compile(r"^0\b"))


def test_what_is_typed_while_a_button_draws_the_form_again_is_kept(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus + "?rule=word_count&digits.is_on=true")
    at_least = page.locator("input[name='word_count.at_least'][data-threshold]")
    expect(at_least).to_be_visible()
    slow_network(page, 600)
    page.get_by_role("button", name="Bytes", exact=True).click()
    title = page.get_by_label("Name of the version")
    title.fill("Longer ones")
    at_least.fill("90000")
    expect(page.locator("#unit-bytes")).to_have_attribute("aria-current", "true")
    expect(at_least).to_have_value("90000")
    expect(title).to_have_value("Longer ones")
    expect(page.locator("#summary strong")).to_have_text(re.compile(r"^0\b"))


def test_when_the_session_has_ended_the_page_says_so_and_loses_nothing(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus + "?rule=word_count")
    at_least = page.locator("input[name='word_count.at_least'][data-threshold]")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    at_least.fill("90000")
    expect(page.get_by_text("you may be logged out")).to_be_visible()
    page.get_by_role("button", name="Bytes", exact=True).click()
    expect(at_least).to_have_value("90000")
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Bytes", exact=True).click()
    expect(page.locator("#unit-bytes")).to_have_attribute("aria-current", "true")
    expect(at_least).to_have_value("90000")
    expect(page.get_by_text("you may be logged out")).to_be_hidden()


def test_of_two_quick_buttons_both_count_and_the_last_has_the_focus(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus)
    slow_network(page, 600)
    page.get_by_role("button", name="Too short or too long", exact=True).click()
    page.get_by_role("button", name="Bytes", exact=True).click()
    expect(page.locator("#unit-bytes")).to_have_attribute("aria-current", "true")
    expect(page.locator("#unit-bytes")).to_be_focused()
    expect(page.locator("#rule-word_count")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_is_accessible(
    open_page: Callable[..., Page], server: Server, log_in: Callable[[Page, Server], None],
    corpus: str, axe_in_both: Callable[[Page], None], width: int,
) -> None:  # fmt: skip
    page = open_page(width=width)
    log_in(page, server)
    for address in ("?rule=repeated_5grams&digits.is_on=true", "documents/3/?rule=symbols"):
        page.goto(corpus + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert len(page.content()) < 60_000 or "documents" in address
        axe_in_both(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_kinds_to_redact_are_chosen_and_documents_are_masked(
    open_page: Callable[..., Page], server: Server, log_in: Callable[[Page, Server], None],
    corpus: str, axe_in_both: Callable[[Page], None], width: int,
) -> None:  # fmt: skip
    page = open_page(width=width)
    log_in(page, server)
    page.goto(f"{corpus}?rule=personal_data")
    expect(page.locator("mark").first).to_contain_text("<EMAIL_1>")
    page.get_by_text("Redact", exact=True).click()
    page.get_by_label("E-mail addresses", exact=True).check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe_in_both(page)
    page.get_by_role("button", name="Make a version like this").click()
    expect(page.get_by_text("The new version is being made")).to_be_visible()
