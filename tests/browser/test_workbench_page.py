"""What a version's page holds besides thresholds, in a real browser: marks, languages, mixture."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS
from tests.browser.server import Server
from tests.browser.versions import version_fixture

pytestmark = pytest.mark.browser
#: Where pictures of every page are left, for somebody to look at.
_PICTURES = os.environ.get("TRAINYARD_PICTURES")

SEED = """
documents = make("extract", {"builtin": "cpython"}, builtin="cpython")
corpus = cleaned(documents, {"preset": "english_gopher", "text_files": False})
"""
corpus = version_fixture("Python", SEED)


def test_a_dropped_document_is_kept_and_taken_back(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(f"{corpus}?rule=word_count")
    first, second = (page.locator(".documents__item").nth(one) for one in (0, 1))
    first.get_by_role("button", name="Keep this one").click()
    expect(page.get_by_text("1 document is always kept")).to_be_visible()
    second.get_by_role("button", name="Keep this one").click()
    expect(page.get_by_text("2 documents are always kept")).to_be_visible()
    expect(page.locator("#summary")).to_contain_text("2 settings changed")
    page.get_by_role("button", name="Look at them").click()
    expect(page.locator(".documents__item")).to_have_count(2)
    page.get_by_role("button", name="Take back").first.click()
    expect(page.locator(".documents__item")).to_have_count(1)
    page.reload()
    expect(page.get_by_text("1 document is always kept")).to_be_visible()


def test_return_in_a_field_presses_no_button(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(f"{corpus}?rule=word_count&route=zh:chinese_web")
    page.locator("summary", has_text="is always kept").or_(
        page.locator("summary", has_text="are always kept")
    ).click()
    ids = page.locator("#keep-ids")
    ids.fill("nonsense")
    ids.press("Enter")
    expect(page.get_by_text("is not the id of a document").first).to_be_visible()
    # The first button of the form takes the route away; it must not have been pressed.
    expect(page.locator("#funnel")).to_contain_text("zh (Chinese web pages")


def test_a_language_gets_rules_of_its_own(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.locator("summary", has_text="By language").click()
    page.locator("#route-language").fill("zh")
    page.locator("#route-preset").select_option("chinese_web")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#funnel")).to_contain_text("zh (Chinese web pages")
    query = page.locator("#redact-state input[name=query]")
    expect(query).to_have_value("route=zh%3Achinese_web")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_and_are_accessible(
    open_page: Callable[..., Page], server: Server, log_in: Callable[[Page, Server], None],
    corpus: str, axe_in_both: Callable[[Page], None], width: int,
) -> None:  # fmt: skip
    page = open_page(width=width)
    log_in(page, server)
    for name, address in (
        ("funnel", f"{corpus}?rule=word_count&unit=tokens"),
        ("rules", f"{corpus}rule-sets/?word_count.at_least=33"),
        ("mixture", f"{corpus}mixture/?weight.docstrings=2&budget=300M"),
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if _PICTURES:
            page.screenshot(path=Path(_PICTURES) / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert len(page.content()) < 60_000
        axe_in_both(page)
