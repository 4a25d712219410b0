"""The live part of a run page: every point once, too many tabs, a server that closes, a resume.

The page's socket passes through a `Line`, which can hold back what the server says: so a message
is under way at the very moment in which the tab is hidden or the connection ends.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocket, WebSocketRoute, expect

from tests.browser.server import Server
from training.folder.layout import JobFolder
from training.folder.series import MetricWriter

pytestmark = pytest.mark.browser

#: As `filling` has written them.
NUM_STEPS = 260
HIDING = """
Object.defineProperty(document, "hidden", { get: () => window.isHidden ?? false });
window.hideTab = (isHidden) => {
  window.isHidden = isHidden;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""
BACK_TO_WORK = ["waiting", "queued", "starting", "running"]
#: As many as one user may have; the page of the test is the next.
EIGHT_SOCKETS = """
address => Promise.all(Array.from({ length: 8 }, () => new Promise((resolve) => {
  const socket = new WebSocket(address);
  socket.onopen = () => socket.send('{"type": "ping"}');
  socket.onmessage = () => resolve();
}))).then(() => "all answer")
"""
#: Before any script of the page has run.
OTHER_WORDS = """
document.addEventListener("readystatechange", () => {
  const words = document.querySelector("[data-words]");
  if (words) Object.assign(words.dataset, {
    step: "Schritt", point: "{value} bei {step}", broken: "{summary}; unendlich: {count}",
    summary: "{label}: {first} bis {last}, {least}",
  });
}, { once: true });
"""


class Line:
    """Between the page's sockets and the server."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        self.num_asked = 0
        self.held: list[str] = []
        self.is_holding = False
        page.route_web_socket("**/ws/jobs/**", self._follow)

    def hold_news(self, writer: Writer) -> None:
        """Points and lines are written; the message about them is under way, and stays so."""
        self.is_holding = True
        writer.write(5)
        self.wait_until(lambda: any("train/loss" in text for text in self.held))

    def let_go(self) -> None:
        """What is under way arrives, in its order."""
        self.is_holding = False
        for text in self.held:
            self.sockets[-1][0].send(text)
        self.held.clear()

    def lose(self) -> None:
        """What is under way is lost with its connection."""
        self.held.clear()
        for end in self.sockets[-1]:
            end.close(code=1011)
        self.is_holding = False

    def wait_until(self, what: Callable[[], bool]) -> None:
        for _ in range(200):
            if what():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("not within 10 s")

    def _follow(self, page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        self.sockets.append((page_side, server_side))

        def from_page(text: str | bytes) -> None:
            self.num_asked += 1
            server_side.send(text)

        def from_server(text: str | bytes) -> None:
            if self.is_holding:
                self.held.append(str(text))
            else:
                page_side.send(text)

        page_side.on_message(from_page)
        server_side.on_message(from_server)


class Writer:
    """Goes on where the filled run ended: a point and a line of the log for each step."""

    def __init__(self, folder: JobFolder) -> None:
        self.log = folder.log
        self.metrics = MetricWriter(folder.metrics)
        self.step = NUM_STEPS

    def write(self, count: int) -> None:
        for _ in range(count):
            self.step += 1
            self.metrics.add("train/loss", self.step, 1.0)
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"line of step {self.step}\n")
        self.metrics.flush()


@pytest.fixture
def line(page: Page) -> Line:
    page.add_init_script(HIDING)
    return Line(page)


@pytest.fixture
def writer_of(server: Server, filled: dict[str, str]) -> Callable[[str], Writer]:
    """Each test writes to a run of its own."""
    return lambda name: Writer(JobFolder(server.home / "jobs" / filled[name]))


def drawn_steps(page: Page) -> list[int]:
    """Of the line of the training loss, as Plotly has them."""
    steps: list[int] = page.locator("[data-chart=loss] [data-plot]").evaluate(
        "place => place.data?.find(({ name }) => name === 'training')?.x ?? []"
    )
    return steps


def expect_all_once(page: Page, step: int) -> None:
    """Points and lines, none missing and none twice."""
    expect(page.locator(".log__line").last).to_have_text(f"line of step {step}")
    for _ in range(100):
        if drawn_steps(page)[-1:] == [step]:
            break
        page.wait_for_timeout(100)
    assert drawn_steps(page) == list(range(1, step + 1))
    lines = page.locator(".log__line", has_text="line of step").all_inner_texts()
    assert lines == [f"line of step {one}" for one in range(NUM_STEPS + 1, step + 1)]


def test_every_point_and_line_comes_once_whatever_is_under_way(
    inside: Callable[[str], Page], line: Line, writer_of: Callable[[str], Writer]
) -> None:
    writer = writer_of("followed")
    page = inside("/runs/{followed}/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    for is_hidden in (True, False):
        line.hold_news(writer) if is_hidden else writer.write(5)
        num_asked = line.num_asked
        page.evaluate("isHidden => window.hideTab(isHidden)", is_hidden)
        line.wait_until(lambda: line.num_asked > num_asked)  # noqa: B023
        line.let_go()
    expect_all_once(page, writer.step)
    page.reload()
    expect_all_once(page, writer.step)
    line.hold_news(writer)
    line.lose()
    writer.write(5)
    expect_all_once(page, writer.step)
    assert len(line.sockets) == 3


def test_the_ninth_tab_polls_and_comes_to_a_socket_when_one_is_free(
    inside: Callable[[str], Page],
    server: Server,
    filled: dict[str, str],
    writer_of: Callable[[str], Writer],
) -> None:
    writer = writer_of("crowded")
    page = inside("{project}")
    crowd = page.context.new_page()
    crowd.goto(f"{server.url}/projects/")
    address = f"{server.url.replace('http', 'ws')}/ws/jobs/{filled['waiting']}/"
    assert crowd.evaluate(EIGHT_SOCKETS, address) == "all answer"
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    inside("/runs/{crowded}/")
    label = page.locator("[data-connection-label]")
    expect(label).to_have_text("Live, by polling")
    writer.write(3)
    expect(page.locator(".log__line").last).to_have_text(f"line of step {writer.step}")
    page.wait_for_timeout(3_000)
    expect(label).to_have_text("Live, by polling")
    assert len(sockets) == 1
    crowd.close()
    for _ in range(40):
        if label.inner_text() == "Live":
            break
        # Sooner than the page would by itself.
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(250)
    expect(label).to_have_text("Live")
    writer.write(3)
    expect(page.locator(".log__line").last).to_have_text(f"line of step {writer.step}")


def test_a_server_that_closes_every_socket_at_its_first_word_is_polled(
    inside: Callable[[str], Page], page: Page, writer_of: Callable[[str], Writer]
) -> None:
    writer, num_sockets = writer_of("closed"), 0

    def close_at_the_first_word(socket: WebSocketRoute) -> None:
        nonlocal num_sockets
        num_sockets += 1
        socket.on_message(lambda _text: socket.close(code=1011))

    page.route_web_socket("**/ws/**", close_at_the_first_word)
    inside("/runs/{closed}/")
    expect(page.locator("[data-connection-label]")).to_have_text("Live, by polling")
    writer.write(3)
    expect(page.locator(".log__line").last).to_have_text(f"line of step {writer.step}")
    expect(page.locator("[data-connection-label]")).to_have_text("Live, by polling")
    assert num_sockets <= 5


def test_what_went_wrong_goes_when_the_run_goes_on_and_comes_when_it_fails(
    inside: Callable[[str], Page], server: Server, filled: dict[str, str]
) -> None:
    page = inside("/runs/{resumed}/")
    expect(page.get_by_role("alert")).to_contain_text("This run was lost")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    server.run("tests.browser.changing", filled["resumed"], *BACK_TO_WORK)
    expect(page.locator("[data-chip] [data-state=running]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    server.run("tests.browser.changing", filled["resumed"], "failed")
    expect(page.get_by_role("alert")).to_contain_text("This run failed")


def test_the_words_of_charts_and_tables_come_from_the_page(
    inside: Callable[[str], Page], page: Page
) -> None:
    page.add_init_script(OTHER_WORDS)
    inside("/runs/{running}/")
    page.locator("[data-chart=loss][data-drawn]").wait_for()
    summary = page.locator("[data-chart=loss] [data-plot]").get_attribute("aria-label") or ""
    assert summary.startswith("Loss: training: ")
    assert " bei 260" in summary
    assert "unendlich: 1" in summary
    page.get_by_role("button", name="Loss: view as table").click()
    expect(page.get_by_role("columnheader").first).to_have_text("Schritt")
