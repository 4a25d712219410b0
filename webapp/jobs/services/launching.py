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
from training.errors import DiskFullError, TrainyardError
from training.folder.atomic import full_disk_named, write_json
from training.wrapper import reserve
from training.wrapper.command import JOB_MARK, SOURCE_FOLDER
from webapp.jobs.models import Artifact, Job, JobDependency, SlotKind
from webapp.jobs.references import ARTIFACT, FOLDER, JOB, with_paths
from webapp.jobs.services.scheduling import free_disk_bytes
from webapp.jobs.services.states import change_state
from webapp.jobs.states import State

log = logging.getLogger(__name__)


class InputsGoneError(Exception):
    """Inputs that were there when the job was made; ``names`` as people call them."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def launch(job_id: uuid.UUID, attempt: int) -> bool:
    """Start this attempt if it is still wanted; whether a wrapper was started."""
    job = Job.objects.filter(pk=job_id, attempt=attempt, state=State.QUEUED).first()
    if job is None:
        return False
    columns: dict[str, Any] = {"num_launches": F("num_launches") + 1, "host": settings.JOBS.host}
    if not change_state(job, State.STARTING, "starting", **columns):
        return False
    try:
        with full_disk_named(job.folder.root):
            prepare_folder(job)
    except DiskFullError as error:
        data = {"message": str(error), "free_bytes": free_disk_bytes()}
        change_state(job, State.PAUSED, "disk_full", data=data)
    except InputsGoneError as error:
        data = {"inputs": ", ".join(error.names), "num_inputs": len(error.names)}
        change_state(job, State.FAILED, "input_missing", data=data)
    except TrainyardError as error:
        change_state(job, State.FAILED, error.kind, data={"message": str(error)})
    else:
        start_wrapper(job)
        return True
    return False


def prepare_folder(job: Job) -> None:
    """The job's folder with spec.json, inputs as paths relative to it; its result has its title."""
    folder = job.folder
    folder.root.mkdir(parents=True, exist_ok=True)
    reserve.lay_by(folder)
    spec_class = registry.find("verbs", job.verb).load_spec()
    spec = with_paths(spec_class, job.spec, _input_folders(job), folder.root)
    write_json(folder.spec, {"verb": job.verb, "title": job.title, "spec": spec})


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
    """{reference in the spec: folder} of all inputs; InputsGoneError names those that are gone."""
    folders: dict[str, Path] = {}
    gone: list[str] = []
    for edge in job.dependencies.select_related("on_artifact", "on_job").order_by("pk"):
        reference, name, folder = _named_folder(edge)
        if folder is None or not folder.is_dir():
            gone.append(f"“{name}”")
        else:
            folders[reference] = folder
    if gone:
        raise InputsGoneError(gone)
    return folders


def _named_folder(edge: JobDependency) -> tuple[str, str, Path | None]:
    """The reference, what people call it, and the folder that it means."""
    if edge.on_artifact is not None:
        artifact = edge.on_artifact
        return f"{ARTIFACT}:{artifact.pk}", str(artifact), artifact.folder
    maker = edge.on_job
    assert maker is not None
    if not edge.needs_output:
        return f"{FOLDER}:{maker.pk}", maker.title, maker.folder.root
    made = Artifact.objects.filter(job=maker).first()
    return f"{JOB}:{maker.pk}", maker.title, made.folder if made else None
