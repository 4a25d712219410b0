"""Deleting an ended job with its folder, unless something was made from its output.

The folder is renamed into the trash first (one step, whatever its size) and emptied by the queue;
what a killed queue leaves there the supervisor asks for again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from training.folder.locks import is_tree_alive
from webapp.core.errors import ApplicationError
from webapp.jobs import tasks
from webapp.jobs.models import Artifact, Job, JobGroup
from webapp.jobs.services.states import next_version
from webapp.jobs.states import ENDED


def trash_folder() -> Path:
    """Where folders go before their bytes are freed."""
    folder: Path = settings.TRAINYARD_HOME / "trash"
    return folder


@transaction.atomic
def job_delete(*, job: Job) -> None:
    """The row, its artifacts' rows and the folder; ApplicationError says what stands against it."""
    # The number first: nobody resumes it, or takes the group's last but one, in the meantime.
    next_version()
    found = Job.objects.select_for_update().filter(pk=job.pk).first()
    if found is None:
        return
    _refuse_if_needed(found)
    name, root = str(found.pk), found.folder.root
    Artifact.objects.filter(job=found).delete()
    found.delete()
    if found.group_id is not None:
        JobGroup.objects.filter(pk=found.group_id, jobs=None).delete()
    transaction.on_commit(lambda: discard(root, name))


def discard(folder: Path, name: str) -> None:
    """Into the trash in one step, whatever its size; the queue empties it."""
    if not folder.exists():
        return
    trash_folder().mkdir(exist_ok=True)
    folder.rename(trash_folder() / name)
    tasks.delete_folder(name)


def empty_trash(name: str) -> None:
    """Free the bytes of one folder in the trash."""
    shutil.rmtree(trash_folder() / Path(name).name, ignore_errors=True)
    _forget_in_log()


def _forget_in_log() -> None:
    """Rows that were deleted stand in SQLite's write-ahead log until it is begun anew."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        # Readers in the way: the next folder, or SQLite itself, does it later.
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _refuse_if_needed(job: Job) -> None:
    if job.state not in ENDED or is_tree_alive(job.folder.tree_lock):
        raise ApplicationError(_("It has not ended. Stop it first."), status_code=409)
    needs_it = Q(dependencies__on_job=job) | Q(dependencies__on_artifact__job=job)
    titles = sorted(set(Job.objects.filter(needs_it).values_list("title", flat=True)))
    if titles:
        message = _("Its output is used by %(titles)s. Delete these first.")
        raise ApplicationError(message % {"titles": ", ".join(titles)}, status_code=409)
