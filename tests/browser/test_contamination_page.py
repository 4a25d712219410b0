"""A search for evaluation sets in a real browser: from the documents to hits side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import version_fixture

pytestmark = pytest.mark.browser

SEED = """
from training.corpus.cpython_text import reference_texts
texts = [text for text in reference_texts() if len(text) > 1500][:40]
questions = [
    {"task_id": f"quiz/{n}", "question": f"Question {n}: what follows this? " + text[200:700]}
    for n, text in enumerate(texts[:24])
]
questions += [{"task_id": "quiz/short", "question": "Who was it?"}]
def ask(folder):
    rows = "".join(json.dumps(one) + "\\n" for one in questions)
    (folder / "quiz.jsonl").write_text(rows + "[1]\\n")
documents = extracted(texts)
spec = {"documents": f"artifact:{documents.pk}", "upload": f"artifact:{uploaded('Quiz').pk}"}
search = make("decontaminate", spec, ask, documents=str(documents.folder),
              inputs=[{"path": "quiz.jsonl"}])
search.sources.add(documents)
chosen = {"preset": "off", "rules": {"contamination": {"is_on": True}}}
corpus = cleaned(documents, chosen, contamination=search)
"""
corpus = version_fixture("Quiz in Python", SEED)


def test_from_the_rule_to_the_hits_and_a_corpus_without_them(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.get_by_role("button", name="Holds items of evaluation sets", exact=True).click()
    expect(page.locator("#documents mark").first).to_be_visible()
    expect(page.locator("#documents")).to_contain_text("runs of 13 words of the item quiz/")
    every_look(page)
    page.get_by_role("link", name="Hits of Quiz in Python").click()
    expect(page.get_by_role("heading", name="Hits", exact=True)).to_be_visible()
    expect(page.get_by_text("1 item is too short to mean anything")).to_be_visible()
    expect(page.locator(".hit")).to_have_count(10)
    expect(page.locator(".hit").first.locator("mark")).to_have_count(2)
    every_look(page)
    page.get_by_text("Something was left out of 1 file").click()
    page.get_by_text("First that were left out").click()
    expect(page.get_by_text("the line is a list, not an object")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("page 2 of 4")).to_be_visible()
    page.locator(".hit h3 a").first.click()
    expect(page.get_by_role("heading", name="Documents with quiz/")).to_be_visible()
    expect(page.get_by_role("link", name="Show all hits")).to_be_visible()
    page.get_by_label("Share of the item").fill("0.5")
    page.get_by_role("button", name="Make the corpus").click()
    expect(page.get_by_text("The corpus is being made")).to_be_visible()


def test_the_form_of_a_search_names_the_documents_that_it_came_from(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], corpus: str
) -> None:
    log_in(page, server)
    page.goto(corpus + "?rule=contamination")
    page.get_by_role("link", name="Search for evaluation sets").click()
    chosen = page.get_by_role("combobox", name="Documents").locator("option:checked")
    expect(chosen).to_contain_text("Quiz in Python")
