"""A corpus version for a browser to look at: made by the real verbs, with a helper that answers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.server import ROOT, Server

#: Before a seed. ``make(verb, spec, before=None, **fields)`` runs a verb as a job of the project,
#: ``extracted`` makes documents of texts and ``cleaned`` a version that goes by other artifacts.
_BEGIN = """
import json, os, sys, django
django.setup()
from tests.training.corpus.jobs import run_verb
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.projects.models import Project
project = Project.objects.first()
def make(verb, spec, before=None, **fields):
    job = job_create(project=project, verb=verb, spec=spec, title=TITLE)
    job.folder.root.mkdir(parents=True, exist_ok=True)
    if before:
        before(job.folder.root)
    run_verb(verb, job.folder.root, **fields)
    Job.objects.filter(pk=job.pk).update(state="finished")
    return artifact_index(folder=job.folder.output, project=project, job=job)
def lines(name, rows):
    def write(folder):
        (folder / name).write_text("".join(json.dumps(row) + "\\n" for row in rows))
    return write
def uploaded(title):
    return Artifact.objects.create(project=project, kind="upload", path="uploads/rows", title=title)
def extracted(texts):
    return make("extract", {"builtin": "cpython"},
                lines("texts.jsonl", [{"text": text} for text in texts]),
                inputs=[{"path": "texts.jsonl"}])
def cleaned(documents, chosen, **named):
    inputs = {"documents": documents, **named}
    spec = {name: f"artifact:{one.pk}" for name, one in inputs.items()}
    folders = {name: str(one.folder) for name, one in inputs.items()}
    corpus = make("clean", {**spec, **chosen}, **folders, **chosen)
    corpus.sources.add(*inputs.values())
    return corpus
"""


@contextmanager
def answering_helper(server: Server) -> Iterator[None]:
    """The helper of the server's home, from when it answers until the end."""
    path = server.home / "helper.sock"
    command = [sys.executable, "-m", "training.helper", str(path)]
    helper = subprocess.Popen(command, cwd=ROOT, env=server.environment())
    try:
        deadline = time.monotonic() + 60
        while not path.exists():
            assert helper.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield
    finally:
        helper.terminate()
        helper.wait(20)


@contextmanager
def made_version(server: Server, title: str, seed: str) -> Iterator[str]:
    """The address of the version that ``seed``, run in the server's home, makes as ``corpus``."""
    code = f"TITLE = {title!r}\n{_BEGIN}\n{seed}\nprint(corpus.pk)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=server.environment(), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    with answering_helper(server):
        yield f"{server.url}/corpora/{done.stdout.split()[-1]}/"


def version_fixture(title: str, seed: str) -> Any:
    """A fixture for the tests of one module: the address of ``made_version``."""

    @pytest.fixture(scope="module")
    def version(server: Server) -> Iterator[str]:
        with made_version(server, title, seed) as address:
            yield address

    return version
