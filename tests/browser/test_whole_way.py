"""The whole way in one real Chromium: what the dashboard is for, said in one test.

A PDF, a book, a web page, an archive and rows become a corpus with a changed threshold, a
tokenizer, a model of two processes, an adapter taught with questions and answers; both are asked
side by side, compared, taken home, opened by plain transformers and peft, and reported on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import taken_home
from tests.browser.papers import write_instructions, write_papers
from tests.browser.test_journey import PATIENCE_MS, first_account
from tests.browser.watching import Watch
from tests.webapp.jobs.installation import Installation

pytestmark = pytest.mark.browser

AT_LEAST_WORDS = 60
VERSION = "at least sixty words"
BASE = {
    "tokenizer.vocab_size": "1024",
    "train.num_steps": "60",
    "train.batch_size": "16",
    "train.num_processes": "2",
    "train.model.num_layers": "2",
    "train.model.width": "64",
    "train.model.num_heads": "4",
    "train.model.context_length": "128",
    "train.optimizer.learning_rate": "0.003",
    "train.schedule.warmup_steps": "5",
    "train.validation.every_steps": "20",
    "train.checkpoints.every_steps": "20",
    "train.samples.prompts": "The",
}
TUNING = {
    "train.tuning.method": "lora",
    "train.num_steps": "30",
    "train.batch_size": "16",
    "train.optimizer.learning_rate": "0.001",
    "train.schedule.warmup_steps": "2",
    "train.validation.every_steps": "10",
}


def test_from_documents_to_an_adapter_that_is_taken_home(
    page: Page, watch: Watch, chromium: Browser, install: Callable[..., Installation],
    every_look: Callable[[Page], None], tmp_path: Path,
) -> None:  # fmt: skip
    papers = tmp_path / "papers"
    papers.mkdir()
    files = write_papers(papers, chromium)
    first_account(page, install())
    upload(page, files)
    page.wait_for_url("**/corpora/", timeout=PATIENCE_MS)
    num_kept = make_corpus(page)

    train_base(page)
    every_look(page)
    write_instructions(papers / "questions.jsonl", tmp_path / "python", num_rows=300)
    upload(page, [papers / "questions.jsonl"])
    make_task_set(page)
    tune(page)
    every_look(page)

    ask_both(page)
    every_look(page)
    compare(page)
    every_look(page)
    base, adapter = (take_home(page, run, tmp_path) for run in ("Base run", "Answers"))
    opened = open_at_home(base, adapter)
    assert opened["architecture"] == "LlamaForCausalLM"
    assert opened["change"] > 0
    read_report(page, tmp_path, num_kept)


def go(page: Page, name: str) -> None:
    """To a page of the sidebar."""
    page.locator(".nav__link", has_text=re.compile(f"^{name}$")).click()
    page.wait_for_load_state()


def upload(page: Page, files: list[Path]) -> None:
    go(page, "Corpora")
    page.get_by_role("link", name=re.compile("^(Choose files|Upload text)")).first.click()
    page.get_by_label("Files to upload").set_input_files(files)


def make_corpus(page: Page) -> int:
    """Gentle rules, then a threshold moved; how many documents the version keeps."""
    make = page.get_by_role("link", name=re.compile("^Make a corpus"))
    make.click(timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile("Gentle")).click()
    page.get_by_role("link", name=re.compile("· v1$")).click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Too short or too long").click()
    page.locator("[id='id-word_count.at_least']").fill(str(AT_LEAST_WORDS))
    kept = page.locator("#summary strong")
    expect(kept).to_be_visible()
    num_kept = int(kept.inner_text().replace(",", ""))
    assert num_kept < int(page.locator(".stat", has_text="Documents in").inner_text().split()[2])
    page.get_by_label("Name of the version").fill(VERSION)
    page.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_role("link", name=re.compile("· v2$"))).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name=re.compile("· v2$")).click()
    expect(page.locator(".stat", has_text="Kept").first).to_contain_text(f"{num_kept:,}")
    return num_kept


def train_base(page: Page) -> None:
    """Tokenizer, tokens, a run of two processes and its report, queued in one go."""
    go(page, "Runs")
    page.get_by_role("link", name="From documents").click()
    for step in ("tokenizer", "tokenize", "train"):
        unfold(page, step)
    for name in ("tokenizer.corpus", "tokenize.corpus"):
        choose(page, name, VERSION)
    expect(page.locator("#step-clean")).to_contain_text("not needed", timeout=PATIENCE_MS)
    fill(page, "Base run", BASE)
    start_and_finish(page, steps=60)
    assert "2" in page.locator("main").inner_text()


def make_task_set(page: Page) -> None:
    """Rows of questions and answers are no text to read: the upload page offers what they are."""
    page.get_by_role("link", name="Make a task set").click(timeout=PATIENCE_MS)
    expect(page.locator("#id_upload")).to_have_value(re.compile("."))
    page.get_by_label("Name").fill("Questions")
    expect(page.locator("#rows-preview")).to_contain_text("What does this name")
    page.get_by_role("button", name="Make the set").click()
    page.get_by_role("link", name="Questions", exact=True).click(timeout=PATIENCE_MS)
    expect(page.locator("#task-tokens mark").first).to_be_visible(timeout=PATIENCE_MS)


def tune(page: Page) -> None:
    """LoRA on the base, with the tokenizer that it was taught with."""
    go(page, "Runs")
    page.get_by_role("link", name="New run").click()
    page.get_by_role("link", name="Tune on examples").click()
    for step in ("tokenize", "train"):
        unfold(page, step)
    choose(page, "tokenize.tasks", "Questions")
    choose(page, "tokenize.model", "Base run")
    choose(page, "train.base", "Base run")
    fill(page, "Answers", TUNING)
    expect(page.locator("#step-tasks")).to_contain_text("not needed", timeout=PATIENCE_MS)
    start_and_finish(page, steps=30)


def ask_both(page: Page) -> None:
    """Side by side, streamed; then stopped in the middle of a long answer."""
    go(page, "Playground")
    choose(page, "id_model", "Base run, final model")
    choose(page, "id_second_model", "Answers, final model")
    page.get_by_role("button", name="Load and ask").click()
    page.locator("[data-session-state=ready]").wait_for(timeout=PATIENCE_MS)
    mode = page.get_by_label("Continue a text")
    if mode.count():
        mode.check()
    page.get_by_label("Prompt").fill("The function")
    page.get_by_label("At most").fill("20")
    page.get_by_role("button", name=re.compile("^Send")).click()
    for number in (0, 1):
        column = page.locator(f"[data-answer='{number}']")
        expect(column.locator("[data-cost]")).to_contain_text("tokens in", timeout=PATIENCE_MS)
        assert len(column.locator(".answer__turn").inner_text()) > len("The function")


def compare(page: Page) -> None:
    go(page, "Runs")
    for name in ("Base run", "Answers"):
        page.locator("tr", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare runs")).to_be_visible()
    settings = page.locator("section", has_text="Settings that differ")
    expect(settings.locator("tr", has_text="lora").first).to_be_visible()


def take_home(page: Page, run: str, folder: Path) -> Path:
    """The folder of a run's model, out of the tar that was downloaded."""
    go(page, "Checkpoints")
    row = page.locator("table", has_text="Models").locator("tr", has_text=run).first
    with page.expect_download() as caught:
        row.get_by_role("link", name=re.compile("Download")).click()
    tar = folder / f"{run}.tar"
    caught.value.save_as(tar)
    with tarfile.open(tar) as archive:
        archive.extractall(folder / run, filter="data")
    return next((folder / run).glob("*/manifest.json")).parent


def open_at_home(base: Path, adapter: Path) -> dict[str, object]:
    command = [sys.executable, taken_home.__file__, str(base), str(adapter)]
    done = subprocess.run(command, cwd=base.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def read_report(page: Page, folder: Path, num_kept: int) -> None:
    """Opened from disk, with no server behind it."""
    go(page, "Runs")
    page.get_by_role("link", name="Base run", exact=True).click()
    page.locator(".tabs__link", has_text="Report").click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="report.html").click()
    path = folder / "report.html"
    caught.value.save_as(path)
    from_disk = page.context.new_page()
    from_disk.goto(path.as_uri())
    expect(from_disk.get_by_role("heading", name="Result")).to_be_visible()
    text = from_disk.locator("body").inner_text()
    for part in ("handbook.pdf", "novel.epub", "notes.zip", f"{num_kept:,}"):
        assert part in text, part
    from_disk.close()


def unfold(page: Page, step: str) -> None:
    """Open a step of a chain."""
    place = page.locator(f"#step-{step}")
    place.get_by_role("button", name=re.compile("^Change")).click()
    expect(place.get_by_role("button", name=re.compile("^Fold"))).to_be_visible()


def choose(page: Page, field: str, label: str) -> None:
    """The first option with this in its label."""
    place = page.locator(f"[id='{field}']")
    option = place.locator("option", has_text=label).first
    place.select_option(str(option.get_attribute("value")))


def fill(page: Page, title: str, values: dict[str, str]) -> None:
    """As quickly as nobody types; nothing may be lost."""
    page.locator("#title").fill(title)
    for name, value in values.items():
        place = page.locator(f"[id='{name}']")
        if place.evaluate("field => field.tagName") == "SELECT":
            place.select_option(value)
        else:
            place.fill(value)
    for name, value in values.items():
        expect(page.locator(f"[id='{name}']")).to_have_value(value)
    expect(page.locator("#findings")).to_contain_text("Ready to start.")


def start_and_finish(page: Page, *, steps: int) -> None:
    page.get_by_role("button", name="Queue all of it").click()
    page.wait_for_url("**/runs/*-*/")
    expect(page.locator("[data-chip] [data-state=finished]")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.locator("main")).to_contain_text(f"{steps} of {steps} steps")
