"""What becomes of a job whose processes are gone: from exit.json, or from its absence.

Also what goes on by itself afterwards. Everything here is asked again at every look of the
supervisor, so that being killed in between loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from training.errors import DataError
from training.folder.artifact import MANIFEST
from webapp.jobs.models import Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.scheduling import free_disk_bytes
from webapp.jobs.services.states import change_state
from webapp.jobs.states import State, Wanted

log = logging.getLogger(__name__)


def end_with_exit(job: Job, record: Mapping[str, Any]) -> bool:
    """The wrapper has said how the attempt ended; False when somebody was faster."""
    kind = str(record.get("kind") or "bug")
    state, code = _state_after(job, kind)
    data: dict[str, Any] = {"message": str(record.get("message") or ""), "how": kind}
    if code == "disk_full":
        data["free_bytes"] = free_disk_bytes()
    return _end(job, state, code, data, str(record.get("advice") or ""))


def end_as_lost(job: Job) -> bool:
    """Nobody has said anything: killed, or the machine went down."""
    state, code = _state_after(job, "lost")
    data = {"message": "its processes ended without a word.", "how": "lost"}
    return _end(job, state, code, data, "")


def go_on(job: Job) -> bool:
    """Put an interrupted job back into the queue if it is to go on by itself."""
    if job.state == State.PAUSED:
        return _go_on_after_pause(job)
    if not job.goes_on:
        return False
    number = job.num_resumes + 1
    data = {"number": number, "most": job.max_resumes, "why": job.reason}
    return change_state(job, State.WAITING, "auto_resume", data=data, num_resumes=number)


def _go_on_after_pause(job: Job) -> bool:
    if job.wanted == Wanted.SHUTDOWN:
        return change_state(job, State.WAITING, "restarted", wanted=Wanted.RUN)
    if job.reason_code == "disk_full" and job.wanted == Wanted.RUN and _has_new_space(job):
        return change_state(job, State.WAITING, "space_back")
    return False


def _has_new_space(job: Job) -> bool:
    """Whether somebody has made room since; else it would start, fill the disk, pause, in turns."""
    floor = settings.JOBS.min_free_bytes
    then = int(job.reason_data.get("free_bytes", 0))
    return free_disk_bytes() >= max(2 * floor, then + floor)


def _state_after(job: Job, kind: str) -> tuple[State, str]:
    """State and reason: what was wanted decides over how the end came about."""
    if kind == "finished":
        return State.FINISHED, "finished"
    saved = kind == "stopped"
    if job.wanted == Wanted.STOP:
        return State.STOPPED, "stopped" if saved else "stopped_hard"
    if job.wanted == Wanted.PAUSE and (saved or kind in {"stopped_hard", "killed", "lost"}):
        return State.PAUSED, "paused" if saved else "paused_hard"
    if job.wanted == Wanted.SHUTDOWN and (saved or kind in {"stopped_hard", "killed", "lost"}):
        return State.PAUSED, "shutdown"
    if kind == "disk_full":
        return State.PAUSED, "disk_full"
    if kind == "lost":
        return State.LOST, "lost"
    if kind in {"stopped", "stopped_hard"}:
        # Nobody asked through us: somebody ended the wrapper with a signal.
        return State.LOST, "signalled"
    return State.FAILED, kind


def _end(job: Job, state: State, code: str, data: Mapping[str, Any], advice: str) -> bool:
    """State, leases and the artifact in one step: who waits for the output sees both or none."""
    with transaction.atomic():
        if not change_state(job, state, code, data=data, advice=advice):
            return False
        if (job.folder.output / MANIFEST).is_file():
            _index(job, job.folder.output)
    return True


def _index(job: Job, output: Path) -> None:
    """A result that cannot be listed does not keep the job from having ended; the row says so."""
    try:
        artifact_index(folder=output, project=job.project, job=job, created_by=job.created_by)
    except DataError as error:
        log.warning("job %s: its output is not indexed: %s", job.pk, error)
        job.advice = str(error)
        job.save(update_fields=["advice"])
