"""A corpus version for a browser to look at: made by the real verbs, with a helper that answers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.server import ROOT, Server

#: Before a seed: ``make(verb, spec, before=None, **fields)`` runs a verb as a job of the project.
_BEGIN = """
import json, os, sys, django
django.setup()
from tests.training.corpus.jobs import run_verb
from webapp.jobs.models import Job
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
