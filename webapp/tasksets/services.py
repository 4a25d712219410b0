"""What makes and takes away task sets, and the previews that the helper computes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.deletion import job_delete
from webapp.projects.models import Project
from webapp.tasksets.selectors import KIND


def task_set_create(
    *,
    project: Project,
    created_by: User,
    spec: Mapping[str, Any],
    title: str = "",
    idempotency_key: str = "",
) -> Job:
    """The job that reads the rows; SpecError names every problem."""
    return job_create(
        project=project,
        verb=KIND,
        spec=spec,
        created_by=created_by,
        title=title,
        idempotency_key=idempotency_key,
    )


def task_set_delete(*, tasks: Artifact) -> None:
    """The set with the job that made it; ApplicationError says what was made from it."""
    if tasks.job is None:
        raise ApplicationError(_("This task set was made elsewhere; no job can be deleted."))
    job_delete(job=tasks.job)


def rows_preview(
    *, upload: Artifact, file: str, shape: str, columns: Mapping[str, str]
) -> dict[str, Any]:
    """The first rows of an upload as they would be read."""
    _require_folder(upload)
    found: dict[str, Any] = helper_call(
        "preview_rows", upload=str(upload.folder), file=file, shape=shape, columns=dict(columns)
    )
    return found


def split_rows(*, tasks: Artifact, split: str, start: int, count: int) -> dict[str, Any]:
    """Rows of one split."""
    _require_folder(tasks)
    found: dict[str, Any] = helper_call(
        "task_rows", folder=str(tasks.folder), split=split, start=start, count=count
    )
    return found


def tokens_preview(*, tasks: Artifact, tokenizer: uuid.UUID, **choices: Any) -> dict[str, Any]:
    """Rows as tokens with their loss; ApplicationError when the tokenizer is not in the project."""
    _require_folder(tasks)
    rows = Artifact.objects.filter(project=tasks.project, kind__in=["tokenizer", "model"])
    found = rows.filter(pk=tokenizer).first()
    if found is None:
        raise ApplicationError(_("This tokenizer is not in the project; choose another."))
    _require_folder(found)
    answer: dict[str, Any] = helper_call(
        "preview_examples", folder=str(tasks.folder), tokenizer=str(found.folder), **choices
    )
    return answer


def _require_folder(artifact: Artifact) -> None:
    if not artifact.folder.is_dir():
        message = _("The folder of %(title)s is missing on the disk.") % {"title": str(artifact)}
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
