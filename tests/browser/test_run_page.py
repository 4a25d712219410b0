"""The run page in a real browser, on a run that really trained and one with planted points."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import answering_helper
from training.folder.layout import JobFolder
from training.folder.records import RECORD
from training.folder.series import MetricWriter, read_index, series_path
from training.tokens.reading import read_step

pytestmark = pytest.mark.browser

NUM_POINTS = 120_000
SPIKE = 77_777
#: The trace of that name in the chart of the loss.
TRAINING = (
    'document.querySelector("[data-chart=loss] [data-plot]").data'
    '.find(({ name }) => name === "training")'
)


@pytest.fixture(scope="module")
def trained(server: Server) -> dict[str, str]:
    made: dict[str, str] = server.run("tests.browser.trained")
    return made


@pytest.fixture(scope="module")
def helper(server: Server) -> Iterator[None]:
    """The process that reads what a step was trained on."""
    with answering_helper(server):
        yield


@pytest.fixture
def at_run(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], trained: dict[str, str]
) -> Callable[[str], Page]:
    log_in(page, server)

    def go(path: str = "", run: str = "") -> Page:
        page.goto(f"{server.url}/runs/{run or trained['run']}/{path}")
        return page

    return go


def drawn(page: Page, key: str = "loss") -> list[dict[str, Any]]:
    place = page.locator(f"[data-chart={key}][data-drawn] [data-plot]")
    place.wait_for()
    traces: list[dict[str, Any]] = place.evaluate(
        "p => p.data.map(({x, y, name}) => ({x, y, name}))"
    )
    return traces


def tallest(page: Page) -> float:
    return max(value for one in drawn(page) for value in one["y"] if value is not None)


def test_axis_smoothing_logarithms_and_charts_are_restored_from_the_address(
    at_run: Callable[..., Page],
) -> None:
    page = at_run()
    raw = drawn(page)
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_role("switch", name="Logarithmic", exact=True).click()
    page.locator("[data-smooth]").fill("0.9")
    page.get_by_text("Charts", exact=True).last.click()
    page.get_by_role("checkbox", name="Gradient norm").uncheck()
    expect(page.locator("[data-chart=gradient]")).to_be_hidden()
    for part in ("x=tokens", "log=1", "smooth=0.9", "charts=loss"):
        assert part in page.url
    page.reload()
    expect(page.locator("[data-smooth]")).to_have_value("0.9")
    expect(page.locator("[data-x-axis=tokens]")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-chart=gradient]")).to_be_hidden()
    traces = [one for one in drawn(page) if one["name"] == "training"]
    assert len(traces) == len([one for one in raw if one["name"] == "training"]) + 1
    faint, smooth = traces
    assert smooth["y"][0] == pytest.approx(faint["y"][0])
    expected, mean = [], 0.0
    for count, value in enumerate(faint["y"], start=1):
        mean = 0.9 * mean + 0.1 * value
        expected.append(mean / (1 - 0.9**count))
    assert smooth["y"] == pytest.approx(expected)


def test_a_spike_of_one_step_is_there_at_every_zoom_and_the_zoom_asks_for_finer_buckets(
    at_run: Callable[..., Page], server: Server, filled: dict[str, str]
) -> None:
    folder = JobFolder(server.home / "jobs" / filled["lost"])
    MetricWriter(folder.metrics).close()
    records = np.zeros(NUM_POINTS, dtype=RECORD)
    records["step"] = np.arange(NUM_POINTS)
    records["time"] = 1_790_000_000 + records["step"]
    records["value"] = 2.0
    records["value"][SPIKE] = 50.0
    records.tofile(series_path(folder.metrics, read_index(folder.metrics)["train/loss"]))
    page = at_run("?charts=loss", filled["lost"])
    assert tallest(page) == 50.0
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/series/" in one.url else None)
    for half in (20_000, 1_000, 20):
        address = f"zoom={SPIKE - half}~{SPIKE + half}"
        with page.expect_response(re.compile("/series/")):
            page.goto(f"{server.url}/runs/{filled['lost']}/?charts=loss&{address}")
        drawn(page)
        # One coarse bucket more at either end.
        page.wait_for_function(f"() => {TRAINING}.x.at(-1) <= {SPIKE + half + 600}")
        assert tallest(page) == 50.0
    assert len(asked) == 3
    # Only what is drawn is asked for.
    assert all("names=train%2Floss" in one for one in asked)
    steps = next(one["x"] for one in drawn(page) if one["name"] == "training")
    assert SPIKE in steps
    # Single steps: nothing is bucketed at this zoom.
    assert np.diff(steps).max() == 1


def test_dragging_zooms_all_charts_and_back_undoes_it(at_run: Callable[..., Page]) -> None:
    page = at_run()
    drawn(page)
    box = page.locator("[data-chart=loss] [data-plot]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 125, steps=5)
    page.mouse.up()
    expect(page.locator("[data-whole]")).to_be_visible()
    assert "zoom=" in page.url
    page.wait_for_function(
        """() => {
          const plots = document.querySelectorAll("[data-chart][data-drawn] [data-plot]");
          const [first, second] = [plots[0], plots[2]].map((plot) => plot._fullLayout.xaxis.range);
          return first.every((end, i) => Math.abs(end - second[i]) < 1e-6);
        }"""
    )
    page.go_back()
    expect(page.locator("[data-whole]")).to_be_hidden()


def test_the_cursor_tells_the_values_of_all_charts_by_pointer_and_by_keyboard(
    at_run: Callable[..., Page],
) -> None:
    page = at_run()
    drawn(page)
    place = page.locator("[data-chart=loss] [data-plot]")
    place.focus()
    place.press("Home")
    expect(page.locator("[data-chart=loss] [data-shown]")).to_contain_text("step 1 · training")
    place.press("ArrowRight")
    for key in ("loss", "gradient"):
        expect(page.locator(f"[data-chart={key}] [data-shown]")).to_contain_text("step 2 ·")
    expect(page.locator("[data-announce]")).to_contain_text("step 2")
    place.press("Escape")
    expect(page.locator("[data-chart=gradient] [data-shown]")).to_have_text("")
    place.hover(position={"x": 250, "y": 120})
    expect(page.locator("[data-chart=gradient] [data-shown]")).to_contain_text("gradient norm")


def test_the_drawer_shows_the_very_text_that_was_read_at_a_step(
    at_run: Callable[..., Page],
    trained: dict[str, str],
    helper: None,
    axe: Callable[[Page], None],
) -> None:
    page = at_run()
    drawn(page)
    place = page.locator("[data-chart=loss] [data-plot]")
    place.focus()
    place.press("Home")
    for _ in range(6):
        place.press("ArrowRight")
    place.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="Step 7", exact=True)).to_be_visible()
    read = read_step(str(Path(trained["home"]) / trained["run"]), 7)
    expected = [span["text"] for row in read["rows"] for span in row["spans"]]
    assert drawer.locator("[data-span]").all_text_contents() == expected
    assert any("Number" in text for text in expected)
    expect(drawer.get_by_role("link", name="yard.jsonl").first).to_be_visible()
    axe(page)
    drawer.get_by_role("link", name="After").click()
    expect(drawer.get_by_role("heading", name="Step 8", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["samples/", "system/", "log/?q=step", "log/?at=0", "step/?step=3"]
)
def test_the_other_tabs_are_accessible_and_fit(
    path: str,
    at_run: Callable[..., Page],
    helper: None,
    every_look: Callable[[Page], None],
) -> None:
    page = at_run(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    every_look(page)


def test_a_finished_run_asks_for_nothing_while_nobody_does_anything(
    at_run: Callable[..., Page],
) -> None:
    page = at_run()
    drawn(page)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # Longer than any interval at which a page that has something to ask does so.
    page.wait_for_timeout(5_500)
    assert asked == []


def test_runs_are_chosen_in_the_list_and_compared(
    inside: Callable[[str], Page],
    trained: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    page = inside("{project}runs/")
    for name in ("Trained", "Run running"):
        page.get_by_label(f"Compare {name}", exact=True).check()
    page.get_by_role("button", name="Compare the chosen runs").click()
    expect(page.get_by_role("heading", name="Compare runs")).to_be_visible()
    # Only charts in view are drawn.
    page.locator("[data-chart=loss-1]").scroll_into_view_if_needed()
    page.locator("[data-chart=loss-1][data-drawn]").wait_for()
    # Each run is drawn as soon as it has come; the two answers need not come together.
    page.wait_for_function(
        """names => {
          const { data } = document.querySelector("[data-chart=loss-1] [data-plot]");
          return names.every((name) => data.some((trace) => trace.name === name));
        }""",
        arg=["Trained", "Run running"],
    )
    page.get_by_role("switch", name="Difference from the first").click()
    page.locator("[data-chart=loss-1]").scroll_into_view_if_needed()
    # The first run less itself.
    page.wait_for_function(
        """() => {
          const { data } = document.querySelector("[data-chart=loss-1] [data-plot]");
          const { y } = data.find(({ mode, name }) => mode.startsWith("lines") && name);
          const zeros = y.filter((value) => value !== null);
          return zeros.length && zeros.every((value) => Math.abs(value) < 1e-9);
        }"""
    )
    every_look(page)
    other = page.locator("#compare-numbers thead th").nth(2).get_by_role("link")
    name = other.text_content() or ""
    page.get_by_role("button", name=f"Compare with {name}").click()
    expect(page.locator("#compare-numbers thead th").nth(1)).to_contain_text(f"{name} baseline")


def test_a_search_of_the_log_counts_its_lines(at_run: Callable[..., Page]) -> None:
    page = at_run("log/")
    page.get_by_role("searchbox").fill(r"step \d+ of")
    page.get_by_label("Regular expression").check()
    page.get_by_role("button", name="Search").click()
    found = page.locator("[data-found]")
    expect(found).to_contain_text("found in the whole log")
    count = int((found.text_content() or "").split()[0].replace(",", ""))
    assert page.locator(".log__line").count() == count > 0
    page.locator(".log__at").first.click()
    expect(page.locator(".log__line:target")).to_have_count(1)


def test_a_line_that_came_live_has_a_link_to_its_place(
    at_run: Callable[..., Page], server: Server, trained: dict[str, str]
) -> None:
    page = at_run("log/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    log = JobFolder(server.home / "jobs" / trained["run"]).log
    with log.open("a", encoding="utf-8") as file:
        file.write("a line that came live: 咖啡\n")
    line = page.locator(".log__line", has_text="came live")
    line.locator(".log__at").click()
    expect(page.locator(".log__line:target")).to_have_text("a line that came live: 咖啡")
