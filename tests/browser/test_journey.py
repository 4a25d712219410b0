"""The journey of a newcomer, in one real Chromium against one real installation.

First-run link, account, upload of a real text, one-button run with two processes, a chart that
moves by websocket frames, reload, a second tab, the web process killed and restarted, stop,
resume, download, report. Console and content security policy stay clean; axe finds nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.watching import Watch
from tests.webapp.jobs.installation import Installation

pytestmark = pytest.mark.browser

#: More than are taken before the test stops the run, however quick the machine.
NUM_STEPS = 5_000
#: Two cores are shared with whatever else runs; the deadlines are of the test, not of the product.
PATIENCE_MS = 240_000
#: A list that is brought up to date may be asked for just then.
UNREACHED = ["net::ERR_CONNECTION_", "htmx:sendError", "htmx:afterRequest"]
PASSWORD = "correct horse battery staple"
#: However short the page is without its server, what it said then is kept.
COLLECT_CONNECTIONS = """badge => {
  badge.dataset.said = "";
  new MutationObserver(() => { badge.dataset.said += ` ${badge.dataset.connection}`; })
    .observe(badge, { attributes: true, attributeFilter: ["data-connection"] });
}"""


@pytest.fixture
def installation(install: Callable[..., Installation]) -> Installation:
    """The run of the one button takes longer than the test."""
    return install(small_run_steps=str(NUM_STEPS))


@pytest.fixture
def text_file(tmp_path: Path, shared_data: Path) -> Path:
    """Half a megabyte of Shakespeare."""
    text = (shared_data / "corpora/tinyshakespeare.txt").read_text(encoding="utf-8")
    path = tmp_path / "shakespeare.txt"
    path.write_text(text[:500_000], encoding="utf-8")
    return path


class Frames:
    """What a page is sent over its websockets."""

    def __init__(self, page: Page) -> None:
        self.steps: list[int] = []
        self.num_sockets = 0
        page.on("websocket", self._follow)

    @property
    def last_step(self) -> int:
        """The newest step of which a frame told."""
        return max(self.steps, default=0)

    def _follow(self, socket: WebSocket) -> None:
        self.num_sockets += 1
        socket.on("framereceived", self._take)

    def _take(self, payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "delta":
            for stretch in message["series"].get("train/loss", []):
                self.steps.extend(stretch["step"])


def first_account(page: Page, installation: Installation) -> None:
    page.goto(installation.url)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("account", re.I)).click()
    expect(page.get_by_role("heading", name="Train a small model on this CPU now")).to_be_visible()


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Choose files").click()
    page.get_by_label("Files to upload").set_input_files(file)
    page.wait_for_url("**/corpora/", timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="shakespeare", exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )


def start_small_run(page: Page) -> None:
    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_text("Advanced").click()
    page.get_by_label("Text").select_option(label="shakespeare")
    page.get_by_label("Processes").select_option("2")
    page.get_by_role("button", name="Train now").click()
    page.wait_for_url("**/runs/*/")


def wait_for_steps(page: Page, frames: Frames, step: int) -> None:
    """Until frames have told of this step."""
    for _ in range(PATIENCE_MS // 250):
        if frames.last_step >= step:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"frames told of step {frames.last_step}, waited for {step}")


def drawn_step(page: Page) -> float:
    """The newest step that Plotly shows in the loss chart."""
    step: float = page.locator("[data-chart=loss] [data-plot]").evaluate(
        "place => Math.max(0, ...(place.data ?? []).flatMap((trace) => trace.x))"
    )
    return step


def wait_for_a_moving_chart(page: Page) -> None:
    """Until it shows a newer step than now: frames alone could come to a frozen chart."""
    before = drawn_step(page)
    for _ in range(PATIENCE_MS // 250):
        if drawn_step(page) > max(before, 1):
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"the loss chart stays at step {before}")


def state_of(page: Page) -> str:
    return page.locator("[data-chip] .chip").get_attribute("data-state") or ""


def test_from_the_first_link_to_the_report(
    page: Page, watch: Watch, every_look: Callable[[Page], None], installation: Installation,
    text_file: Path, tmp_path: Path,
) -> None:  # fmt: skip
    # What is asked of a killed process ends with a line in the console; nothing else may.
    watch.allowed = ["WebSocket connection to", *UNREACHED]
    first_account(page, installation)
    every_look(page)
    upload(page, text_file)
    start_small_run(page)
    run_url = page.url
    job_id = run_url.rstrip("/").rsplit("/", 1)[-1]
    frames = Frames(page)
    page.reload()
    wait_for_steps(page, frames, 10)
    wait_for_a_moving_chart(page)
    assert state_of(page) == "running"
    every_look(page)
    assert json.loads(installation.folder(job_id).spec.read_text())["spec"]["num_processes"] == 2

    page.reload()
    second = page.context.new_page()
    watch.follow(second)
    second_frames = Frames(second)
    second.goto(run_url)
    wait_for_steps(second, second_frames, frames.last_step + 1)
    second.close()

    kill_the_web(page, frames, installation)
    stop(page)
    stopped_at = frames.last_step
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("[data-chip] [data-state=running]")).to_be_visible(timeout=PATIENCE_MS)
    wait_for_steps(page, frames, stopped_at + 3)
    stop(page)

    download_checkpoint(page, tmp_path)
    every_look(page)
    read_report(page, tmp_path)
    every_look(page)


def kill_the_web(page: Page, frames: Frames, installation: Installation) -> None:
    """The page says so, comes back by a socket of its own, and goes on."""
    badge = page.locator("[data-connection]")
    badge.evaluate(COLLECT_CONNECTIONS)
    before, num_sockets = frames.last_step, frames.num_sockets
    installation.child("web").kill()
    wait_for_steps(page, frames, before + 5)
    expect(badge).to_have_attribute("data-connection", "live")
    assert frames.num_sockets > num_sockets
    said = (badge.get_attribute("data-said") or "").split()
    assert said[0] in {"reconnecting", "offline"}
    assert said[-1] == "live"
    wait_for_a_moving_chart(page)


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop and save").click()
    expect(page.locator("[data-chip] [data-state=stopped]")).to_be_visible(timeout=PATIENCE_MS)


def download_checkpoint(page: Page, folder: Path) -> None:
    """The newest one, as a tar: its files are what its manifest promises."""
    page.get_by_role("link", name="Checkpoints", exact=True).last.click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download").first.click()
    caught.value.save_as(folder / "checkpoint.tar")
    with tarfile.open(folder / "checkpoint.tar") as archive:
        archive.extractall(folder, filter="data")
    manifest = next(folder.glob("*/manifest.json"))
    files = json.loads(manifest.read_text())["files"]
    assert files
    for name, entry in files.items():
        data = (manifest.parent / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]


def read_report(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_role("button", name="Write report").click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download() as caught:
        page.get_by_role("link", name="report.html").click()
    path = folder / "report.html"
    caught.value.save_as(path)
    from_disk = page.context.new_page()
    from_disk.goto(path.as_uri())
    expect(from_disk.get_by_role("heading", name="Result")).to_be_visible()
    from_disk.close()
