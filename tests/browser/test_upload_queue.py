"""Several files at once on the upload page: dropped, sent a few at a time, paused, taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_upload_page import LINE, choose, written
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

MAKE_FILES = """(texts) => {
  const transfer = new DataTransfer();
  for (const [name, text] of Object.entries(texts)) {
    transfer.items.add(new File([text], name, { lastModified: 1700000000000 }));
  }
  return transfer;
}"""


@pytest.fixture
def upload_page(inside: Callable[[str], Page]) -> Page:
    return inside("{project}corpora/upload/")


def drop(page: Page, texts: dict[str, str], where: str = "[data-zone]") -> None:
    """As the browser does when files are let go over the field."""
    files = page.evaluate_handle(MAKE_FILES, texts)
    page.dispatch_event(where, "drop", {"dataTransfer": files})


def test_dropped_files_are_sent_three_at_a_time_and_all_arrive(
    upload_page: Page, every_look: Callable[[Page], None]
) -> None:
    held: list[Route] = []
    upload_page.route("**/upload-files/**", lambda route: held.append(route))
    drop(upload_page, {f"dropped-{n}.txt": f"{LINE.decode() * 40}{n}" for n in range(5)})
    expect(upload_page.locator("[data-state=sending]")).to_have_count(3)
    expect(upload_page.locator("[data-state=waiting]")).to_have_count(2)
    expect(upload_page.get_by_text("Files 0 / 5")).to_be_visible()
    assert len(held) == 3
    every_look(upload_page)
    # Held requests go on with it.
    upload_page.unroute("**/upload-files/**")
    upload_page.wait_for_url("**/corpora/")
    expect(upload_page.get_by_role("row", name="dropped-0 and 4 more").first).to_be_visible()


def test_files_may_be_dropped_anywhere_on_the_list_of_corpora(
    inside: Callable[[str], Page], every_look: Callable[[Page], None]
) -> None:
    page = inside("{project}corpora/")
    zone = page.locator("[data-zone]")
    expect(zone).to_be_hidden()
    files = page.evaluate_handle(MAKE_FILES, {"on-list.txt": LINE.decode() * 23})
    page.dispatch_event("h1", "dragenter", {"dataTransfer": files})
    expect(zone).to_be_visible()
    every_look(page)
    page.dispatch_event("h1", "dragleave", {"dataTransfer": files})
    expect(zone).to_be_hidden()
    drop(page, {"on-list.txt": LINE.decode() * 23}, "h1")
    expect(page.get_by_role("link", name="on-list", exact=True).first).to_be_visible()


def test_one_file_is_paused_and_goes_on_another_is_taken_back(
    upload_page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = ["net::ERR_ABORTED", "409"]
    upload_page.route(
        "**/upload-files/**",
        lambda route: route.continue_() if route.request.method == "DELETE" else None,
    )
    files = [written(tmp_path / f"{name}.txt", LINE * 29 + name.encode()) for name in "xy"]
    choose(upload_page, *files)
    upload_page.get_by_role("button", name="Pause x.txt").click()
    expect(upload_page.locator("[data-state=paused]")).to_contain_text("x.txtPaused")
    upload_page.get_by_role("button", name="Cancel y.txt").click()
    expect(upload_page.get_by_text("Not sent: taken back")).to_be_visible()
    upload_page.unroute("**/upload-files/**")
    upload_page.get_by_role("button", name="Go on x.txt").click()
    upload_page.wait_for_url("**/corpora/")
    expect(upload_page.get_by_role("row", name="x and 1 more").first).to_be_visible()


def test_a_file_that_finds_no_room_says_so_and_is_sent_again(
    upload_page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = ["507"]
    sentence = "The disk of the server is full."
    body = {"message": sentence, "extra": {"fields": {}}}
    upload_page.route("**/upload-files/**", lambda route: route.fulfill(status=507, json=body))
    choose(upload_page, written(tmp_path / "full.txt", LINE * 31))
    expect(upload_page.locator("[data-state=failed]")).to_contain_text(sentence)
    upload_page.unroute("**/upload-files/**")
    upload_page.get_by_role("button", name="Send again full.txt").click()
    upload_page.wait_for_url("**/corpora/")


def test_a_chosen_folder_is_one_upload_named_after_it(upload_page: Page, tmp_path: Path) -> None:
    written(tmp_path / "novels" / "one.txt", LINE * 37)
    written(tmp_path / "novels" / "old" / "two.md", LINE * 41)
    upload_page.get_by_label("Folder to upload").set_input_files(tmp_path / "novels")
    upload_page.wait_for_url("**/corpora/")
    expect(upload_page.get_by_role("row", name="novels").first).to_be_visible()


def test_an_interrupted_upload_says_how_far_it_is(
    upload_page: Page, watch: Watch, tmp_path: Path, every_look: Callable[[Page], None]
) -> None:
    watch.allowed = ["net::ERR_ABORTED", "net::ERR_FAILED", "Failed to load resource"]

    def only_the_first(route: Route) -> None:
        if route.request.headers["upload-offset"] == "0":
            route.continue_()
        else:
            route.abort()

    upload_page.route("**/upload-files/**", only_the_first)
    file = written(tmp_path / "half.txt", b"0123456789abcdef" * (2 << 20))
    choose(upload_page, file)
    expect(upload_page.get_by_text("trying again")).to_be_visible()
    upload_page.on("dialog", lambda dialog: dialog.accept())
    upload_page.reload()
    upload_page.unroute("**/upload-files/**")
    expect(upload_page.get_by_text("choose it again to go on at 50 %")).to_be_visible()
    every_look(upload_page)
    choose(upload_page, file)
    upload_page.wait_for_url("**/corpora/")
