"""From a queued row to a living wrapper: claim, write spec.json, start. Run by the queue.

Asked twice it does nothing the second time: the claim is one conditional UPDATE, and a wrapper
refuses an attempt that was started before. Slow is no harm either: a launch that wakes up after
its attempt is over finds another attempt in the row.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from training import registry
from training.errors import DiskFullError
from training.folder.atomic import write_json
from training.wrapper.command import JOB_MARK, SOURCE_FOLDER
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Artifact, Job, JobDependency, SlotKind
from webapp.jobs.references import ARTIFACT, FOLDER, JOB, with_paths
from webapp.jobs.services.scheduling import free_disk_bytes
from webapp.jobs.services.states import change_state
from webapp.jobs.states import State

log = logging.getLogger(__name__)


def launch(job_id: uuid.UUID, attempt: int) -> bool:
    """Start this attempt if it is still wanted; whether a wrapper was started."""
    job = Job.objects.filter(pk=job_id, attempt=attempt, state=State.QUEUED).first()
    if job is None:
        return False
    columns: dict[str, Any] = {"num_launches": F("num_launches") + 1, "host": settings.JOBS.host}
    if not change_state(job, State.STARTING, "starting", **columns):
        return False
    try:
        prepare_folder(job)
    except DiskFullError as error:
        _end(job, State.PAUSED, "disk_full", str(error))
        return False
    except ApplicationError as error:
        _end(job, State.FAILED, "input_missing", error.message)
        return False
    start_wrapper(job)
    return True


def prepare_folder(job: Job) -> None:
    """The job's folder with spec.json, inputs as paths relative to it."""
    folder = job.folder
    folder.root.mkdir(parents=True, exist_ok=True)
    spec_class = registry.find("verbs", job.verb).load_spec()
    spec = with_paths(spec_class, job.spec, _input_folders(job), folder.root)
    write_json(folder.spec, {"verb": job.verb, "spec": spec})


def start_wrapper(job: Job) -> None:
    """A process in a session of its own, without the parent-death signal: it outlives the queue."""
    folder = job.folder
    environment = {**os.environ, JOB_MARK: str(folder.root), **_devices(job)}
    with folder.log.open("ab") as output:
        wrapper = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "training.wrapper",
                str(folder.root),
                "--attempt",
                str(job.attempt),
            ],
            env=environment,
            cwd=SOURCE_FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    log.info("job %s attempt %s: wrapper %s", job.pk, job.attempt, wrapper.pid)


def _devices(job: Job) -> dict[str, str]:
    """Which GPUs the job may see: those it holds leases for."""
    if job.slot_kind != SlotKind.GPU:
        return {"CUDA_VISIBLE_DEVICES": ""}
    held = job.leases.order_by("index").values_list("index", flat=True)
    return {"CUDA_VISIBLE_DEVICES": ",".join(str(index) for index in held)}


def _input_folders(job: Job) -> dict[str, Path]:
    """{reference: folder} of all inputs; ApplicationError names those that are gone."""
    named = [
        _named_folder(edge) for edge in job.dependencies.select_related("on_artifact", "on_job")
    ]
    gone = [reference for reference, folder in named if folder is None or not folder.is_dir()]
    if gone:
        raise ApplicationError(", ".join(gone))
    return {reference: folder for reference, folder in named if folder is not None}


def _named_folder(edge: JobDependency) -> tuple[str, Path | None]:
    """The reference as it stands in the spec, and the folder that it means."""
    if edge.on_artifact is not None:
        return f"{ARTIFACT}:{edge.on_artifact_id}", edge.on_artifact.folder
    assert edge.on_job is not None
    if not edge.needs_output:
        return f"{FOLDER}:{edge.on_job_id}", edge.on_job.folder.root
    made = Artifact.objects.filter(job=edge.on_job).first()
    return f"{JOB}:{edge.on_job_id}", made.folder if made else None


def _end(job: Job, state: State, code: str, message: str) -> None:
    data = {"message": message, "inputs": message, "free_bytes": free_disk_bytes()}
    change_state(job, state, code, data=data)
