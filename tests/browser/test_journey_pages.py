"""Pages of runs, texts, checkpoints and reports in a real browser: states, looks, what moves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Server, Watch
from training.folder.layout import JobFolder
from training.folder.series import MetricWriter

pytestmark = pytest.mark.browser

PATHS = [
    "{project}",
    "{project}runs/",
    "{project}runs/?state=finished",
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


@pytest.fixture(scope="module")
def filled(server: Server) -> dict[str, str]:
    """The ids that the paths need."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.filling"],
        cwd=ROOT,
        env=server.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def inside(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], filled: dict[str, str]
) -> Callable[[str], Page]:
    """Opens a path as somebody who is logged in."""
    log_in(page, server)

    def go(path: str) -> Page:
        page.goto(server.url + path.format(**filled))
        return page

    return go


def folder_of(server: Server, filled: dict[str, str], name: str) -> JobFolder:
    return JobFolder(server.home / "jobs" / filled[name])


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits(
    path: str, inside: Callable[[str], Page], axe: Callable[[Page], None]
) -> None:
    page = inside(path)
    if "/runs/{" in path:
        expect(page.locator("[data-connection=live]")).to_be_visible()
    check_two_looks(page, axe)


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
    page.get_by_role("switch", name="Logarithmic").press("Space")
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    page.reload()
    expect(page.locator("[data-x-axis=tokens]")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
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
    expect(page.locator("[data-connection-label]")).to_have_text("Live, by polling", timeout=15_000)
    metrics = MetricWriter(folder_of(server, filled, "running").metrics)
    metrics.add("train/loss", 999, 0.5)
    metrics.close()
    expect(page.locator("[data-stat='train/loss']").first).to_have_text("0.5000", timeout=10_000)


def test_an_upload_goes_on_where_a_closed_tab_left_it(
    inside: Callable[[str], Page], watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = ["net::ERR_FAILED", "Failed to load resource"]
    file = tmp_path / "long.txt"
    file.write_bytes(b"A line of text that is long enough.\n" * 600_000)
    page = inside("{project}corpora/upload/")
    offsets: list[str] = []

    def only_the_first(route: Any) -> None:
        offset = route.request.headers["upload-offset"]
        offsets.append(offset)
        if offset == "0":
            route.continue_()
        else:
            route.abort()

    page.route("**/upload-files/**", only_the_first)
    page.get_by_label("Files to upload").set_input_files(file)
    expect(page.get_by_text("trying again")).to_be_visible(timeout=20_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_role("heading", name="Interrupted uploads")).to_be_visible()
    # Only now: before the reload the page itself would send the rest at its next try.
    page.unroute("**/upload-files/**")
    again: list[str] = []
    page.on("request", lambda asked: again.append(asked.headers.get("upload-offset", "")))
    page.get_by_label("Files to upload").set_input_files(file)
    page.wait_for_url("**/corpora/")
    assert [offset for offset in again if offset] == [str(16 << 20)]


def test_files_that_are_no_text_say_so_where_they_stand(
    inside: Callable[[str], Page], watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = ["415", "400"]
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 500)
    (tmp_path / "empty.md").write_bytes(b"")
    page = inside("{project}corpora/upload/")
    page.get_by_label("Files to upload").set_input_files(
        [tmp_path / "picture.txt", tmp_path / "empty.md"]
    )
    expect(page.get_by_text("picture.txt is a PNG image, not text.")).to_be_visible()
    expect(page.get_by_text("empty.md is empty (0 bytes).")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("None of these files can be used")


def check_two_looks(page: Page, axe: Callable[[Page], None]) -> None:
    """Both themes and both widths, in two steps; the journey looks at the main pages in four."""
    for width, theme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        scroll, client = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert scroll <= client, f"{page.url} scrolls sideways at {width} px"
        axe(page)


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
