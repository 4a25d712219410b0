"""Plotly draws under the production policy, looks right, and says nothing in the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def chart_page(page: Page, server: Server) -> Page:
    """The pattern page with its chart drawn."""
    page.goto(f"{server.url}/patterns/")
    page.wait_for_selector("#pattern-chart[data-drawn]")
    return page


def test_the_policy_allows_no_inline_code_and_no_foreign_host(page: Page, server: Server) -> None:
    answer = page.goto(f"{server.url}/login/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_a_chart_is_drawn_with_its_title_in_bold(chart_page: Page) -> None:
    line = chart_page.locator("#pattern-chart .scatterlayer path.js-line")
    assert line.count() == 1
    title = chart_page.locator("#pattern-chart .ytitle tspan")
    assert title.evaluate("node => getComputedStyle(node).fontWeight") == "700"


def test_plotly_injects_no_style_of_its_own(chart_page: Page) -> None:
    assert chart_page.evaluate("document.querySelectorAll('style').length") == 0


def test_the_modebar_stands_in_one_row_at_the_right(chart_page: Page) -> None:
    chart = chart_page.locator("#pattern-chart").bounding_box()
    boxes = [
        button.bounding_box() for button in chart_page.locator("#pattern-chart .modebar-btn").all()
    ]
    assert chart is not None
    assert len(boxes) >= 5
    tops = {round(box["y"]) for box in boxes if box}
    assert len(tops) == 1
    assert all(box and box["x"] > chart["x"] + chart["width"] / 2 for box in boxes)


def test_hovering_shows_the_value_at_the_pointer(chart_page: Page) -> None:
    chart_page.locator("#pattern-chart").scroll_into_view_if_needed()
    box = chart_page.locator("#pattern-chart .nsewdrag").bounding_box()
    assert box is not None
    chart_page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = chart_page.locator("#pattern-chart .hoverlayer .legend, #pattern-chart .hovertext")
    label.first.wait_for()
    assert "2.89" in (chart_page.locator("#pattern-chart .hoverlayer").text_content() or "")


def test_the_chart_follows_the_theme(open_page: Callable[..., Page], server: Server) -> None:
    colors = []
    for theme in ("light", "dark"):
        page = open_page(theme=theme)
        page.goto(f"{server.url}/patterns/")
        page.wait_for_selector("#pattern-chart[data-drawn]")
        background = page.locator("#pattern-chart .main-svg").first
        colors.append(background.evaluate("node => getComputedStyle(node).backgroundColor"))
    assert colors[0] != colors[1]


@pytest.mark.parametrize("kind", ["heatmap", "bar", "box", "scatter"])
def test_other_charts_of_ours_stay_within_the_policy(chart_page: Page, kind: str) -> None:
    data = {"type": kind, "y": [1, 2, 3], "z": [[1, 2], [3, 4]], "marker": {"showscale": True}}
    if kind == "heatmap":
        del data["y"], data["marker"]
    chart_page.evaluate(
        "data => window.Plotly.newPlot('pattern-chart', [data], {title: {text: '<i>a</i>'}})", data
    )
    assert chart_page.locator("#pattern-chart .main-svg").count() > 0


def test_a_style_that_was_not_measured_is_refused(chart_page: Page, watch) -> None:
    chart_page.evaluate("document.body.setAttribute('style', 'position:fixed')")
    watch.allowed = ["inline style", "style-src-attr"]
    assert chart_page.evaluate("getComputedStyle(document.body).position") == "static"
    assert chart_page.evaluate("window.policyViolations.length") == 1
