"""The upload page in a real browser: going on, trying again, what is refused, what is discarded."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

NO_NETWORK = ["net::ERR_FAILED", "Failed to load resource"]
LINE = b"A line of text that is long enough.\n"


@pytest.fixture
def upload_page(inside: Callable[[str], Page]) -> Page:
    return inside("{project}corpora/upload/")


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Files to upload").set_input_files(list(files))


def written(path: Path, data: bytes) -> Path:
    """A file of a fixed time, so that equal ones are the same file to the server."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


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


@pytest.mark.parametrize("what", ["**/projects/*/uploads/", "**/uploads/*/finish/"])
def test_a_network_that_fails_at_start_or_finish_is_waited_for(
    what: str, upload_page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = NO_NETWORK
    upload_page.route(what, lambda route: route.abort())
    choose(upload_page, written(tmp_path / f"{what.count('i')}.txt", LINE * 9 + what.encode()))
    alert = upload_page.get_by_role("alert")
    expect(alert).to_have_text("The server cannot be reached; trying again")
    upload_page.unroute(what)
    upload_page.wait_for_url("**/corpora/")


def test_an_upload_that_another_window_finishes_is_waited_for(
    upload_page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = ["409"]
    sentence = "This upload is being checked; wait until that is done."

    def busy(route: Route) -> None:
        body = {"message": sentence, "extra": {"fields": {}}}
        route.fulfill(status=409, json=body, headers={"Retry-After": "1"})

    upload_page.route("**/finish/", busy)
    choose(upload_page, written(tmp_path / "busy.txt", LINE * 11))
    expect(upload_page.get_by_role("alert")).to_have_text(sentence)
    upload_page.unroute("**/finish/")
    upload_page.wait_for_url("**/corpora/")


def test_of_several_files_the_one_that_is_not_taken_is_told_where_it_stays(
    upload_page: Page, watch: Watch, every_look: Callable[[Page], None], tmp_path: Path
) -> None:
    watch.allowed = ["415"]
    picture = written(tmp_path / "photo.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 700)
    text = LINE * 19
    choose(upload_page, picture, written(tmp_path / "words.txt", text))
    upload_page.wait_for_url(re.compile(r"/uploads/[0-9a-f-]{36}/$"))
    expect(
        upload_page.get_by_text("Not taken: photo.txt is a PNG image, not text.")
    ).to_be_visible()
    expect(upload_page.get_by_text(hashlib.sha256(text).hexdigest())).to_be_visible()
    every_look(upload_page)


def test_a_file_that_is_chosen_twice_is_sent_once_and_says_so(
    upload_page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allowed = NO_NETWORK
    upload_page.route("**/finish/", lambda route: route.abort())
    twice = [written(tmp_path / name / "same.txt", LINE * 13) for name in ("one", "two")]
    choose(upload_page, *twice)
    expect(upload_page.get_by_text("Chosen twice; it is sent once")).to_be_visible()
    expect(upload_page.get_by_text(re.compile("^Arrived"))).to_have_count(1)
    upload_page.unroute("**/finish/")
    upload_page.wait_for_url("**/corpora/")


def test_an_interrupted_upload_of_which_a_file_is_gone_can_be_discarded(
    upload_page: Page, watch: Watch, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    watch.allowed = [*NO_NETWORK, "409"]
    files = [written(tmp_path / f"{name}.txt", LINE * 17 + name.encode()) for name in "ab"]
    upload_page.on("dialog", lambda dialog: dialog.accept())
    upload_page.route("**/upload-files/**", lambda route: route.abort())
    choose(upload_page, *files)
    expect(upload_page.get_by_text("trying again").first).to_be_visible()
    upload_page.reload()
    upload_page.unroute("**/upload-files/**")
    choose(upload_page, files[0])
    expect(upload_page.get_by_role("alert")).to_contain_text("Not all has arrived yet: b.txt.")
    axe(upload_page)
    upload_page.get_by_role("button", name="Discard a and 1 more").click()
    expect(upload_page.get_by_text("The upload a and 1 more is deleted.")).to_be_visible()
    expect(upload_page.get_by_role("button", name="Discard a and 1 more")).to_have_count(0)
    choose(upload_page, files[0])
    upload_page.wait_for_url("**/corpora/")


def test_rows_to_tune_on_are_offered_as_a_task_set(
    upload_page: Page, every_look: Callable[[Page], None], tmp_path: Path
) -> None:
    rows = b'{"instruction": "Say yes", "input": "", "output": "yes"}\n' * 20
    choose(upload_page, written(tmp_path / "rows.jsonl", rows))
    expect(upload_page.get_by_text("These are examples to tune on")).to_be_visible()
    digest = hashlib.sha256(rows).hexdigest()
    expect(upload_page.get_by_text(f"SHA-256 {digest[:12]}")).to_be_visible()
    every_look(upload_page)
    upload_page.get_by_role("link", name="Make a task set").click()
    expect(upload_page.get_by_label("Upload")).to_contain_text("rows")
    expect(upload_page).to_have_url(re.compile(r"/task-sets/new/\?upload=[0-9a-f-]{36}$"))
