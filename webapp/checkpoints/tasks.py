"""Queue tasks of checkpoints. A check that is lost is asked again by the supervisor."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from huey.contrib.djhuey import db_task

from webapp.jobs.lanes import ask_once

if TYPE_CHECKING:
    from webapp.checkpoints.models import CheckpointCheck

#: A check of many gigabytes takes minutes; doing it twice does no harm.
_PATIENCE = timedelta(minutes=10)


@db_task()
def _check(check_id: str) -> None:
    from webapp.checkpoints.models import CheckpointCheck
    from webapp.checkpoints.services import check_run

    check = CheckpointCheck.objects.select_related("job").filter(pk=uuid.UUID(check_id)).first()
    if check is not None:
        check_run(check)


def check_checkpoint(check: CheckpointCheck) -> None:
    """Ask the queue for this check."""
    ask_once(_check, str(check.pk))


def ask_again() -> None:
    """Ask for checks whose task a killed queue has lost."""
    from webapp.checkpoints.models import CheckpointCheck, CheckState

    before = timezone.now() - _PATIENCE
    for check in CheckpointCheck.objects.filter(state=CheckState.ASKED, updated_at__lt=before):
        check.save(update_fields=["updated_at"])
        check_checkpoint(check)
