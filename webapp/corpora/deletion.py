"""Taking away: what never arrived whole, finished uploads. Deleting follows lineage.

An upload goes only after what was made from it; `webapp.storage` deletes with everything derived.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus

from django.db import transaction
from django.utils.translation import gettext as _

from webapp.core.errors import ApplicationError
from webapp.corpora.locking import BusyError, held, opened
from webapp.corpora.models import Upload, UploadFile
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.deletion import discard, job_delete


def upload_delete(*, upload: Upload) -> None:
    """Take it away, finished or not; ApplicationError names what was made from it."""
    if upload.artifact is None:
        upload_cancel(upload=upload)
    else:
        _finished_delete(upload, upload.artifact)


def upload_cancel(*, upload: Upload) -> None:
    """Take away what arrived of an upload that is not finished; BusyError while more arrives."""
    with held(upload, alone=True):
        if upload.artifact_id is not None:
            message = _("This upload has just been finished. Delete it again if it is not wanted.")
            raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
        folders = [upload.parts, upload.folder]
        upload.delete()
        for folder in folders:
            # The second is there only if a server was killed while it finished the upload.
            shutil.rmtree(folder, ignore_errors=True)


def file_drop(*, file: UploadFile) -> None:
    """The file is expected no longer; with the last one its upload goes. BusyError while sent."""
    upload = file.upload
    with held(upload, alone=False):
        if upload.artifact_id is not None:
            message = _("This upload is finished; delete it as a whole.")
            raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
        path = file.path
        with opened(path):
            file.delete()
            path.unlink(missing_ok=True)
        is_last = not upload.files.filter(refused="").exists()
    if is_last:
        # While somebody adds a file, it stays; the sweep takes what nobody sends.
        with suppress(BusyError):
            upload_cancel(upload=upload)


def uploads_sweep(*, now: datetime) -> int:
    """Take away uploads of which no piece has come for three days; how many."""
    num_taken = 0
    for upload in Upload.objects.filter(artifact=None, expires_at__lt=now):
        with suppress(BusyError):
            upload_cancel(upload=upload)
            num_taken += 1
    return num_taken


@transaction.atomic
def _finished_delete(upload: Upload, artifact: Artifact) -> None:
    """Jobs that were to read it and made nothing go too: without it they never could."""
    _require_unused(artifact)
    for job in Job.objects.filter(dependencies__on_artifact=artifact).distinct():
        job_delete(job=job)
    upload.delete()
    name, folder = str(artifact.pk), artifact.folder
    artifact.delete()
    transaction.on_commit(lambda: discard(folder, name))


def _require_unused(artifact: Artifact) -> None:
    products = [str(product) for product in artifact.products.all()]
    jobs = Job.objects.filter(dependencies__on_artifact=artifact).distinct()
    at_work = [job.title for job in jobs if not job.has_ended or job.artifacts.exists()]
    if products or at_work:
        message = _("It is used by %(titles)s. Delete or stop these first.")
        titles = ", ".join(sorted({*products, *at_work}))
        raise ApplicationError(message % {"titles": titles}, status_code=HTTPStatus.CONFLICT)
