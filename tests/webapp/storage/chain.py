"""A real chain of jobs on real text, each run as the queue runs it, without the queue."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from tests.conftest import REPOSITORY
from tests.webapp.factories import World
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.launching import prepare_folder
from webapp.jobs.states import State

MODEL = {"num_layers": 1, "width": 32, "num_heads": 2, "context_length": 32}
TRAIN = {"model": MODEL, "num_steps": 2, "batch_size": 2, "schedule": {"warmup_steps": 1}}


def run(world: World, verb: str, **spec: Any) -> Artifact:
    """The artifact of a job that has run to its end."""
    job = job_create(project=world.project, verb=verb, spec=spec, title=f"The {verb}")
    return run_job(job)


def run_job(job: Job) -> Artifact:
    """Write its folder, run its verb, index what it made."""
    prepare_folder(job)
    root = job.folder.root
    command = [sys.executable, "-m", "training", job.verb, str(job.folder.spec), "--out", str(root)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    job.folder.log.write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    Job.objects.filter(pk=job.pk).update(state=State.FINISHED, reason_code="finished")
    return artifact_index(folder=job.folder.output, project=job.project, job=job)


def ref(artifact: Artifact) -> str:
    return f"artifact:{artifact.pk}"
