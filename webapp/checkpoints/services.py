"""Checking a checkpoint: asked for by people, done by the queue."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from training.folder.artifact import sha256_file
from webapp.checkpoints import tasks
from webapp.checkpoints.models import CheckpointCheck, CheckState
from webapp.checkpoints.selectors import checkpoint_folder, files_of
from webapp.jobs.models import Job


@transaction.atomic
def check_ask(*, job: Job, step: int) -> CheckpointCheck:
    """Ask the queue to hash every file of a checkpoint again; Http404 when there is none."""
    checkpoint_folder(job, step)
    check, _ = CheckpointCheck.objects.update_or_create(
        job=job, step=step, defaults={"state": CheckState.ASKED, "detail": "", "done_at": None}
    )
    transaction.on_commit(lambda: tasks.check_checkpoint(check))
    return check


def check_run(check: CheckpointCheck) -> CheckpointCheck:
    """Hash every file and write down what was found; reads the whole checkpoint."""
    try:
        damage = damage_of(checkpoint_folder(check.job, check.step))
    except Http404:
        damage = "the checkpoint is gone"
    check.state = CheckState.DAMAGED if damage else CheckState.WHOLE
    check.detail, check.done_at = damage, timezone.now()
    check.save(update_fields=["state", "detail", "done_at", "updated_at"])
    return check


def damage_of(folder: Path) -> str:
    """Which file is missing or not what was written; "" when all are whole."""
    for file in files_of(folder):
        path = folder / file.name
        if not path.is_file():
            return f"{file.name} is missing"
        if path.stat().st_size != file.num_bytes or sha256_file(path) != file.sha256:
            return f"{file.name} is not what was written (its SHA-256 differs)"
    return ""
