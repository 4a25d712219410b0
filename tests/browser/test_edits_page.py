"""Editing texts in a real browser: the form that unfolds, and the report before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import made_version

pytestmark = pytest.mark.browser

SEED = """
from training.corpus.cpython_text import reference_texts
ending = "Listen to the next chapter, dear reader, and do not miss it."
texts = [f"{text[:3000]}\\n\\n{ending}" for text in reference_texts()][:12]
documents = extracted(texts)
chosen = {"repeated_sentences": {"is_on": True}, "line_rules": {"is_on": True}}
corpus = make("transform", {"documents": f"artifact:{documents.pk}", **chosen},
              documents=str(documents.folder), **chosen)
"""


@pytest.fixture(scope="module")
def edited(server: Server) -> Iterator[str]:
    """The address of edited documents."""
    with made_version(server, "A novel", SEED) as address:
        yield address.replace("/corpora/", "/documents/")


def test_from_edited_documents_to_what_went_and_on_to_another_edit(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    edited: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(edited)
    page.get_by_role("link", name="What was edited").click()
    page.get_by_role("link", name="Sentences repeated in a source").click()
    expect(page.get_by_role("cell", name="Listen to the next chapter")).to_be_visible()
    expect(page.locator("del").first).to_contain_text("Listen to the next chapter")
    expect(page.locator(".copy").nth(1)).not_to_contain_text("Listen to the next chapter")
    every_look(page)
    page.goto(edited)
    page.get_by_role("link", name="Edit texts").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("A novel, edited")
    expect(page.get_by_text("no transform is on").first).to_be_visible()
    page.locator("[id='transform.repeated_lines.is_on']").check()
    expect(page.locator("[id='transform.repeated_lines.min_characters']")).to_have_value("20")
    expect(page.get_by_text("no transform is on")).to_have_count(0)
    every_look(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/corpora/")
    expect(page.get_by_text("A novel, edited")).to_be_visible()
