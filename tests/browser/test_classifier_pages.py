"""Classifiers in a real browser: list, evaluation, and the choice of one in the workbench."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import version_fixture

pytestmark = pytest.mark.browser

SEED = """
from tests.training.scoring.rows import labelled, text_of
texts = [text_of(n % 2 == 0, n) for n in range(40)]
def words(folder):
    (folder / "en.txt").write_text("menu\\ncart\\na\\n")
spec = {"rows": f"artifact:{uploaded('Rows').pk}"}
small = {"hashed": {"bucket_bits": 12}}
good = make("fit_classifier", spec, lines("rows.jsonl", labelled(score=True)), path="rows.jsonl",
            **small)
debris = make("fit_classifier", spec, lines("rows.jsonl", labelled()), path="rows.jsonl",
              target="class", positive="debris", **small)
listed = make("fit_classifier", {**spec, "form": "keywords"}, words, path="en.txt",
              form="keywords")
chosen = {"preset": "off", "rules": {"quality": {"is_on": True, "at_least": 1}}}
corpus = cleaned(extracted(texts), chosen, quality_classifier=good)
"""
corpus = version_fixture("Menus and rivers", SEED)


def test_from_the_list_to_an_evaluation_and_to_scoring(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.get_by_role("link", name="Corpora").first.click()
    page.get_by_role("link", name="Classifiers").click()
    expect(page.get_by_role("table", name="Classifiers").get_by_role("row")).to_have_count(4)
    every_look(page)
    page.get_by_role("row", name="debris").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    expect(page.get_by_role("heading", name="What weighs most")).to_be_visible()
    every_look(page)
    page.get_by_role("link", name="Score documents").click()
    expect(
        page.get_by_role("combobox", name="Classifier").locator("option:checked")
    ).to_contain_text("Menus and rivers")


def test_a_list_says_which_lines_were_left_out(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.get_by_role("link", name="Corpora").first.click()
    page.get_by_role("link", name="Classifiers").click()
    page.get_by_role("row", name="List of words").get_by_role("link").click()
    expect(page.get_by_text("en.txt, line 3: 'a' is a single letter or digit")).to_be_visible()
    every_look(page)


def test_a_cut_is_instant_and_another_classifier_waits_for_the_next_version(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(corpus + "?rule=quality")
    documents = page.locator("#documents")
    page.get_by_role("textbox", name="At least").fill("4")
    expect(documents).to_contain_text("less than 4")
    every_look(page)
    page.get_by_role("combobox", name="Classifier").select_option(index=2)
    expect(page.get_by_text("Save as new version")).to_be_visible()
    page.goto(corpus + "?rule=safety")
    page.get_by_role("combobox", name="List of words").select_option(index=1)
    expect(
        page.get_by_role("combobox", name="List of words").locator("option:checked")
    ).to_contain_text("Menus")
    every_look(page)
