"""Searching a corpus and asking a run where it saw a phrase, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS
from tests.browser.server import Server
from tests.browser.versions import answering_helper
from training.folder.layout import JobFolder
from training.tokens.reading import read_step

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def trained(server: Server) -> Iterator[dict[str, str]]:
    """A corpus and a run that trained on it; the helper answers."""
    made: dict[str, str] = server.run("tests.browser.trained")
    with answering_helper(server):
        yield made


def test_a_phrase_is_searched_and_its_document_opened(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], trained: dict[str, str]
) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/corpora/{trained['corpus']}/")
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("Phrase").fill("NUMBER 7:\nthe")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="No document holds this phrase")).to_be_visible()
    page.get_by_label("Ignore case").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 hit in 1 document")).to_be_visible()
    expect(page.locator(".documents mark")).to_have_text("Number 7: the")
    page.get_by_role("link", name="Document 7").click()
    expect(page.locator(".document__body mark")).to_have_text("Number 7: the")
    page.get_by_role("link", name="back to the search").click()
    expect(page.get_by_label("Phrase")).to_have_value(re.compile("NUMBER 7:"))
    page.get_by_label("Phrase").fill("small yard")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="400 hits in 400 documents")).to_be_visible()
    page.get_by_role("link", name="More documents").click()
    expect(page.get_by_text("Counted from document 10 on.")).to_be_visible()


def test_a_run_says_at_which_steps_it_read_a_phrase_and_opens_them(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], trained: dict[str, str]
) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/runs/{trained['run']}/")
    page.get_by_role("link", name="Provenance").click()
    page.get_by_label("Phrase").fill("yard go on")
    page.get_by_role("button", name="Find the steps").click()
    first = page.locator("[data-step-open]").first
    step = int(first.inner_text())
    first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=f"Step {step}", exact=True)).to_be_visible()
    read = read_step(str(JobFolder(server.home / "jobs" / trained["run"]).root), step)
    assert any("yard go on" in span["text"] for row in read["rows"] for span in row["spans"])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_and_are_accessible(
    open_page: Callable[..., Page], server: Server, log_in: Callable[[Page, Server], None],
    trained: dict[str, str], axe_in_both: Callable[[Page], None], width: int,
) -> None:  # fmt: skip
    page = open_page(width=width)
    log_in(page, server)
    corpus, run = f"corpora/{trained['corpus']}/search/", f"runs/{trained['run']}/seen/"
    addresses = ("", "?phrase=yard+go&among=all", "?phrase=nowhere")
    for address in (*(corpus + one for one in addresses), *(run + one for one in addresses)):
        page.goto(f"{server.url}/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        axe_in_both(page)


def test_a_piece_of_an_answer_is_a_phrase_to_look_for(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], trained: dict[str, str]
) -> None:
    log_in(page, server)
    made = server.run("tests.browser.answered", trained["run"])
    page.goto(f"{server.url}/playground/{made['session']}/")
    # The models of this session do not answer; what they would write is put in their place.
    page.locator("[data-talk]").evaluate("talk => { talk.textContent = 'of a small yard go on' }")
    page.locator("[data-talk]").evaluate(
        "talk => document.getSelection().setBaseAndExtent(talk.firstChild, 11, talk.firstChild, 21)"
    )
    page.get_by_role("link", name="Where did it see this?").click()
    expect(page.get_by_label("Phrase")).to_have_value("yard go on")
    expect(page.locator(".seen-text mark").first).to_have_text("yard go on")
