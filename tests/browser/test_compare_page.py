"""Runs compared item by item in a real browser, at both widths and in both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.test_task_sets import shot

pytestmark = pytest.mark.browser


def test_sentences_say_which_run_is_better(
    inside: Callable[[str], Page], every_look: Callable[[Page], None], server: Server
) -> None:
    runs: dict[str, str] = server.run("tests.browser.compared")
    page = inside("{project}runs/compare/?runs=" + ",".join(runs.values()))
    expect(page.get_by_role("heading", name="Item by item")).to_be_visible()
    sentences = page.locator(".results__paired li")
    expect(sentences).to_have_count(6)
    expect(sentences.nth(0)).to_have_text(
        "terms: RMSNorm is better than LayerNorm <b>bold</b> by 3.0 points [1.0, 5.1], "
        "p = 0.0023, over 400 items answered by both."
    )
    expect(sentences.nth(1)).to_contain_text("No difference between Wider and RMSNorm can be told")
    expect(sentences.nth(2)).to_contain_text("they were asked 390 and 400 items")
    every_look(page)
    shot(page, "compare-paired")
