"""Queue tasks of uploads: taking away what was never finished."""

from __future__ import annotations

from django.utils import timezone
from huey.contrib.djhuey import db_task

from webapp.jobs.lanes import ask_once


@db_task()
def _sweep_uploads() -> None:
    from webapp.corpora.deletion import uploads_sweep

    uploads_sweep(now=timezone.now())


def sweep() -> None:
    """Ask the queue; the supervisor does, now and then. Harmless when it runs twice."""
    from webapp.corpora.models import Upload

    if Upload.objects.filter(artifact=None, expires_at__lt=timezone.now()).exists():
        ask_once(_sweep_uploads)
