"""Storage, deleting with everything derived, server folders, what each file gave: in every look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(
    start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with one registered folder."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "novels").mkdir()
    (folder / "novels" / "one.txt").write_text("A line of text that is long enough.\n" * 50)
    (folder / "rows.jsonl").write_text('{"text": "A row of text."}\n')
    (folder / "link.txt").symlink_to(Path("/etc/hostname"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TRAINYARD_DATA_ROOTS", f"books={folder}")
        yield start_server()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("{project}settings/storage/", "Project settings"),
        ("/artifacts/{documents}/delete/", "Delete A documents and what was made from it"),
        ("/documents/{documents}/", "A documents"),
        ("/documents/{documents}/?show=faults", "A documents"),
        ("{project}corpora/folders/", "Folders of this server"),
        ("{project}corpora/folders/?root=books", "books"),
    ],
)
def test_a_page_is_right_in_every_look(
    inside: Callable[[str], Page], every_look: Callable[[Page], None], path: str, heading: str
) -> None:
    page = inside(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    every_look(page)


def test_a_ticked_folder_of_the_server_is_read(inside: Callable[[str], Page]) -> None:
    page = inside("{project}corpora/folders/")
    page.get_by_role("link", name="books").click()
    expect(page.get_by_text("link.txt")).to_have_count(0)
    page.get_by_label("Read novels").check()
    page.get_by_role("button", name="Read what is ticked").click()
    page.wait_for_url("**/corpora/")
    expect(page.get_by_text("The files are being read where they lie")).to_be_visible()
    expect(page.get_by_text("novels", exact=True).first).to_be_visible()


def test_what_is_deleted_on_the_storage_page_is_gone(inside: Callable[[str], Page]) -> None:
    page = inside("{project}settings/storage/")
    page.get_by_role("link", name="Delete… A report").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("A report and everything made from it are deleted")).to_be_visible()
    expect(page.get_by_role("link", name="Delete… A report")).to_have_count(0)
