"""Ablations in Chromium: a question is asked, seen before it starts, and its verdict is read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server


@pytest.fixture(scope="module")
def made(server: Server) -> dict[str, str]:
    """Ids of what there is to ask of, and an ablation that has ended."""
    found: dict[str, str] = server.run("tests.browser.building")
    return found | server.run("tests.browser.judged", found["tokens"])


def test_a_question_is_asked_and_seen_before_it_starts(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    made: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/projects/{made['project']}/ablations/")
    every_look(page)
    page.get_by_role("link", name=re.compile("SwiGLU or ReLU")).click()
    page.get_by_label("Steps of each run").fill("200")
    page.get_by_role("button", name="Show what will run").click()
    expect(page.get_by_role("status")).to_contain_text("6 runs, about")
    expect(page.locator("table")).to_contain_text("for equal parameters")
    every_look(page)
    page.get_by_role("button", name="Start 6 runs").click()
    expect(page).to_have_url(re.compile(r"/ablations/[0-9a-f-]{36}/$"))
    expect(page.locator(".ablation-runs")).to_contain_text("ReLU, seed 2")
    every_look(page)


def test_a_verdict_tells_noise_from_difference(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    made: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/ablations/{made['ablation']}/")
    expect(page.locator(".verdict")).to_contain_text("ALiBi is better than RoPE by")
    expect(page.locator(".verdict")).to_contain_text("Within noise: Learned differs from RoPE")
    every_look(page)
