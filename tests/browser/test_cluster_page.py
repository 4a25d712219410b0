"""Duplicates in a real browser: from the rule to its clusters, and copies side by side."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import ROOT, Server

pytestmark = pytest.mark.browser

#: Run inside the server's home: texts with copies, and a version that searched for them.
SEED = """
import json, django
django.setup()
from tests.training.corpus.jobs import run_verb
from training.corpus.cpython_text import reference_texts
from webapp.jobs.models import Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.projects.models import Project
project = Project.objects.first()
texts = [text for text in reference_texts() if len(text) > 1500][:40]
texts += [text.replace("the", "this", 3).replace("is", "was", 2) for text in texts[:9]]
texts += [text[:-60] for text in texts[:4]] + texts[10:13]
def make(verb, spec, before=None, **paths):
    job = job_create(project=project, verb=verb, spec=spec, title="Copies")
    job.folder.root.mkdir(parents=True, exist_ok=True)
    if before:
        before(job.folder.root)
    run_verb(verb, job.folder.root, **paths)
    Job.objects.filter(pk=job.pk).update(state="finished")
    return artifact_index(folder=job.folder.output, project=project, job=job)
def write(folder):
    lines = "".join(json.dumps({"text": text}) + "\\n" for text in texts)
    (folder / "texts.jsonl").write_text(lines)
documents = make("extract", {"builtin": "cpython"}, write, inputs=[{"path": "texts.jsonl"}])
chosen = {"preset": "gentle", "rules": {"near_duplicates": {"is_on": True}}}
corpus = make("clean", {"documents": f"artifact:{documents.pk}", **chosen},
              documents=str(documents.folder), **chosen)
print(corpus.pk)
"""


@pytest.fixture(scope="module")
def corpus(server: Server) -> Iterator[str]:
    """The address of a version with duplicates; the helper answers."""
    done = subprocess.run(
        [sys.executable, "-c", SEED], cwd=ROOT, env=server.environment(), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    path = Path(server.home) / "helper.sock"
    helper = subprocess.Popen([sys.executable, "-m", "training.helper", str(path)], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield f"{server.url}/corpora/{done.stdout.split()[-1]}/"
    helper.terminate()
    helper.wait()


def test_from_the_rule_to_its_clusters_and_the_copies_of_one(
    page: Page,
    server: Server,
    log_in: Callable[[Page, Server], None],
    corpus: str,
    every_look: Callable[[Page], None],
) -> None:
    log_in(page, server)
    page.goto(corpus)
    page.get_by_role("button", name="Nearly the same as another document").click()
    curve = page.locator("[data-curve]")
    expect(curve).to_contain_text("Of pairs just at 0.7, 1.7 % are missed")
    every_look(page)
    bands = page.get_by_label("Bands", exact=True)
    bands.fill("6")
    expect(curve).to_contain_text("are missed")
    expect(curve).not_to_contain_text("1.7 %")
    expect(page.get_by_text("searched when saved as a new version")).to_be_visible()
    bands.fill("22")
    expect(page.get_by_text("searched when saved as a new version")).to_be_hidden()
    page.get_by_role("link", name="Look at the clusters").click()
    expect(page.get_by_role("heading", name="12 clusters with")).to_be_visible()
    every_look(page)
    page.get_by_role("link", name="3 copies").first.click()
    copies = page.locator(".copy")
    expect(copies).to_have_count(3)
    expect(copies.first).to_contain_text("the longest copy")
    expect(copies.first.locator("ins, del")).to_have_count(0)
    expect(copies.nth(1)).to_contain_text("which is kept")
    expect(page.locator(".copy ins, .copy del").first).to_be_visible()
    every_look(page)
