"""The quality report of a version in a real browser: empty, and with everything it draws."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.browser.versions import version_fixture

pytestmark = pytest.mark.browser

SEED = """
from training.corpus.cpython_text import reference_texts
long = [text for text in reference_texts() if len(text) > 1500]
sources = {
    "reference": long[:40],
    "openings": [text[:700] for text in long[:30]],
    "scraped": ["As an AI language model, I cannot open [your name] <b>files</b>. " * 3] * 3
        + ["short"] * 4,
}
sources["scraped"] += sources["reference"][:5]
def write(folder):
    for name, texts in sources.items():
        lines(f"{name}.jsonl", [{"text": text} for text in texts])(folder)
inputs = [{"path": f"{name}.jsonl", "source": name} for name in sources]
documents = make("extract", {"builtin": "cpython"}, write, inputs=inputs)
corpus = cleaned(documents, {"preset": "gentle"})
"""
REPORT = """
report = make("corpus_report", {"corpus": f"artifact:{corpus.pk}"}, corpus=str(corpus.folder),
              sample_documents=50)
report.sources.add(corpus)
"""
version = version_fixture("Plain", SEED)
measured = version_fixture("Measured", SEED + REPORT)


def test_a_version_without_a_report_offers_one_and_shows_the_job(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    version: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(version)
    page.get_by_role("link", name="Quality report").click()
    expect(page.get_by_role("heading", name="No quality report yet")).to_be_visible()
    every_look(page)
    page.get_by_role("spinbutton", name="Sample").fill("100")
    page.get_by_role("button", name="Write the quality report").click()
    expect(page.get_by_text("Quality report on").first).to_be_visible()
    every_look(page)


def test_the_report_tells_sources_before_and_after(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    measured: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(f"{measured}report/")
    expect(page.get_by_role("heading", name="Machine-made text")).to_be_visible()
    expect(page.get_by_role("img", name="Growth of the vocabulary")).to_be_visible()
    shared = page.get_by_role("region", name="Exact copies between sources, before cleaning")
    row = shared.get_by_role("row", name="scraped")
    expect(row.get_by_role("cell").nth(0)).to_contain_text("%")
    expect(page.locator("td.heat-1, td.heat-5").first).to_be_visible()
    expect(page.locator("blockquote b")).to_have_count(0)
    every_look(page)
    page.get_by_text("Write it again").click()
    expect(page.get_by_role("spinbutton", name="Sample")).to_have_value("2000")
