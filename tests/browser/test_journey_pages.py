"""Pages of runs, texts, checkpoints and reports in a real browser: states, looks, what moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from training.folder.layout import JobFolder
from training.folder.series import MetricWriter

pytestmark = pytest.mark.browser

PATHS = [
    "{project}",
    "{project}runs/",
    "{project}runs/?state=finished",
    "{project}queue/",
    "{project}corpora/",
    "{project}corpora/upload/",
    "{project}checkpoints/",
    "{project}reports/",
    "/runs/{waiting}/",
    "/runs/{starting}/",
    "/runs/{running}/",
    "/runs/{failed}/",
    "/runs/{lost}/",
    "/runs/{running}/log/",
    "/runs/{running}/events/",
    "/runs/{running}/checkpoints/",
    "/runs/{waiting}/checkpoints/",
    "/runs/{running}/report/",
    "/runs/{running}/settings/",
    "/documents/{documents}/",
    "/reports/{report}/",
]


def folder_of(server: Server, filled: dict[str, str], name: str) -> JobFolder:
    return JobFolder(server.home / "jobs" / filled[name])


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits(
    path: str, inside: Callable[[str], Page], every_look: Callable[[Page], None]
) -> None:
    page = inside(path)
    if "/runs/{" in path:
        expect(page.locator("[data-connection=live]")).to_be_visible()
    every_look(page)


def test_the_script_writes_the_numbers_that_the_server_wrote(
    inside: Callable[[str], Page], server: Server, chromium: Any
) -> None:
    page = inside("/runs/{running}/")
    cookies = page.context.cookies()
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    plain = context.new_page()
    plain.goto(page.url)
    page.locator("[data-chart=loss][data-drawn]").wait_for()
    for part in ("[data-stat]", "[data-best]", "[data-progress-label]"):
        assert page.locator(part).all_inner_texts() == plain.locator(part).all_inner_texts()
    context.close()


def test_spike_and_nan_are_in_the_drawn_chart(inside: Callable[[str], Page]) -> None:
    page = inside("/runs/{running}/")
    place = page.locator("[data-chart=loss][data-drawn] [data-plot]")
    place.wait_for()
    traces = place.evaluate("place => place.data.map(({ y, mode }) => ({ y, mode }))")
    assert max(value for trace in traces for value in trace["y"] if value is not None) == 8.5
    assert any(trace["mode"] == "markers" for trace in traces)
    assert "1 not finite" in (place.get_attribute("aria-label") or "")


def test_the_axis_stands_in_the_address_and_the_back_button_undoes_it(
    inside: Callable[[str], Page],
) -> None:
    page = inside("/runs/{running}/")
    page.get_by_role("link", name="Tokens", exact=True).click()
    assert page.url.endswith("?x=tokens")
    switch = page.get_by_role("switch", name="Logarithmic", exact=True)
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    page.reload()
    expect(page.locator("[data-x-axis=tokens]")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(switch).to_have_attribute("aria-checked", "false")
    page.go_back()
    expect(page.locator("[data-x-axis=step]")).to_have_attribute("aria-current", "true")


def test_a_chart_can_be_read_as_a_table(
    inside: Callable[[str], Page], axe: Callable[[Page], None]
) -> None:
    page = inside("/runs/{running}/")
    page.locator("[data-chart=loss][data-drawn]").wait_for()
    page.get_by_role("button", name="Loss: view as table").click()
    table = page.locator("[data-chart=loss] table")
    expect(table.get_by_role("row").nth(1)).to_contain_text("260")
    axe(page)


def test_the_log_follows_its_end_until_the_reader_scrolls_up(
    inside: Callable[[str], Page], server: Server, filled: dict[str, str]
) -> None:
    page = inside("/runs/{running}/log/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    log = folder_of(server, filled, "running").log
    append(log, "a new line at the end\n")
    expect(page.get_by_text("a new line at the end")).to_be_in_viewport()
    page.locator("[data-log]").evaluate("log => { log.scrollTop = 0; }")
    append(log, "another one\nand one more\n")
    button = page.get_by_role("button", name="2 new lines")
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_text("and one more")).to_be_in_viewport()


def test_without_websockets_the_page_polls_and_the_chart_moves(
    inside: Callable[[str], Page], page: Page, server: Server, filled: dict[str, str]
) -> None:
    page.route_web_socket("**/ws/**", lambda socket: socket.close())
    inside("/runs/{running}/")
    expect(page.locator("[data-connection-label]")).to_have_text("Live, by polling")
    metrics = MetricWriter(folder_of(server, filled, "running").metrics)
    metrics.add("train/loss", 999, 0.5)
    metrics.close()
    expect(page.locator("[data-stat='train/loss']").first).to_have_text("0.5000")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
