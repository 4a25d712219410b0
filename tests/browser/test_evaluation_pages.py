"""Evaluations in a real browser: the results, items right and wrong, the grid, every look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.test_task_sets import shot
from tests.browser.versions import answering_helper

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(server: Server) -> Iterator[dict[str, str]]:
    """A filled home, and its helper."""
    found: dict[str, str] = server.run("tests.webapp.evaluations.made")
    with answering_helper(server):
        yield found


def test_results_stand_beside_each_other(inside: Callable[[str], Page], every_look, made) -> None:
    page = inside("{project}evaluations/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Evaluations")
    expect(page.get_by_role("link", name="Small <script>alert(1)</script>").first).to_be_visible()
    every_look(page)
    shot(page, "evaluations")


def test_a_benchmark_shows_its_items(inside: Callable[[str], Page], every_look, made) -> None:
    page = inside(f"/benchmarks/{made['benchmark']}/")
    expect(page.locator(".item").first).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("11 to 20 of 26")).to_be_visible()
    every_look(page)
    shot(page, "benchmark")


def test_items_are_seen_as_the_model_reads_them(
    inside: Callable[[str], Page], every_look, made
) -> None:
    page = inside("{project}runs/new/evaluate/?artifact=" + made["benchmark"])
    page.locator('[name="evaluate.model"]').select_option(f"artifact:{made['model']}")
    page.get_by_label("Examples before").fill("1")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview the items").click()
    shown = opened.value
    expect(shown.locator(".item__prompt").nth(2)).to_contain_text("Answer: ")
    expect(shown.get_by_label("Examples before")).to_have_value("1")
    every_look(shown)
    shot(shown, "benchmark-preview")
    shown.get_by_role("link", name="Next").click()
    expect(shown.get_by_text("6 to 10 of 26")).to_be_visible()


def test_items_are_chosen_by_outcome(inside: Callable[[str], Page], every_look, made) -> None:
    page = inside(f"/evaluations/{made['evaluation']}/")
    expect(page.locator(".recall td").first).to_be_visible()
    shot(page, "evaluation")
    page.get_by_label("Outcome").select_option("wrong")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".item").first).to_be_visible()
    expect(page.locator(".item .chip--finished")).to_have_count(0)
    page.get_by_text("By category").click()
    every_look(page)


def test_the_loss_is_shaded_and_listed(inside: Callable[[str], Page], every_look, made) -> None:
    page = inside(f"/losses/{made['losses']}/")
    expect(page.locator(".spread svg").first).to_be_visible()
    every_look(page)
    shot(page, "losses")
    page.locator("#items tbody a").first.click()
    expect(page.locator(".losses .loss").first).to_be_visible()
    every_look(page)
    shot(page, "losses-document")
