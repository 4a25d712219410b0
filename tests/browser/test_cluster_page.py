"""Duplicates in a real browser: from the rule to its clusters, and copies side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import version_fixture

pytestmark = pytest.mark.browser

SEED = """
from training.corpus.cpython_text import reference_texts
texts = [text for text in reference_texts() if len(text) > 1500][:40]
texts += [text.replace("the", "this", 3).replace("is", "was", 2) for text in texts[:9]]
texts += [text[:-60] for text in texts[:4]] + texts[10:13]
chosen = {"preset": "gentle", "rules": {"near_duplicates": {"is_on": True}}}
corpus = cleaned(extracted(texts), chosen)
"""
corpus = version_fixture("Copies", SEED)


def test_from_the_rule_to_its_clusters_and_the_copies_of_one(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.get_by_role("button", name="Nearly the same as another document").click()
    curve = page.locator("[data-curve]")
    expect(curve).to_contain_text("Of pairs just at 0.7, 1.7 % are missed")
    every_look(page)
    bands = page.get_by_label("Bands", exact=True)
    bands.fill("6")
    expect(curve).to_contain_text("are missed")
    expect(curve).not_to_contain_text("1.7 %")
    expect(page.get_by_text("worked out when saved as a new version")).to_be_visible()
    bands.fill("22")
    expect(page.get_by_text("worked out when saved as a new version")).to_be_hidden()
    page.get_by_role("link", name="Look at the clusters").click()
    expect(page.get_by_role("heading", name="12 clusters with")).to_be_visible()
    every_look(page)
    page.get_by_role("link", name="3 copies").first.click()
    copies = page.locator(".copy")
    expect(copies).to_have_count(3)
    expect(copies.first).to_contain_text("the longest copy")
    expect(copies.first.locator("ins, del")).to_have_count(0)
    expect(copies.nth(1)).to_contain_text("which is kept")
    expect(page.locator(".copy ins, .copy del").first).to_be_visible()
    every_look(page)
