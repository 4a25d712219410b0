"""How fast this machine was measured to be, and having it measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from training.planning.speed import CALIBRATION, read_calibration
from webapp.accounts.models import User
from webapp.jobs.models import Job
from webapp.jobs.services.creation import job_create
from webapp.jobs.states import ACTIVE, State
from webapp.projects.models import Project

VERB = "calibrate"


@dataclass(frozen=True)
class Measured:
    """The measurement that plans rest on."""

    name: str
    precisions: str
    at: datetime


def measured_speed() -> Measured | None:
    """Of this machine; None when it was never measured, or the file cannot be read."""
    found = read_calibration(settings.TRAINYARD_HOME / CALIBRATION)
    if found is None:
        return None
    at = datetime.fromtimestamp(found.measured, UTC)
    return Measured(found.name or found.device, ", ".join(found.speeds), at)


def calibrating(project: Project) -> Job | None:
    """The project's job that measures or waits to, if there is one."""
    unfinished = Job.objects.filter(project=project, verb=VERB, state__in=[*ACTIVE, State.WAITING])
    return unfinished.order_by("created_at").first()


def calibration_ask(*, project: Project, created_by: User, idempotency_key: str = "") -> Job:
    """A job that measures this machine; the one that is at it already, if there is one."""
    return calibrating(project) or job_create(
        project=project,
        verb=VERB,
        spec={},
        created_by=created_by,
        title=_("Measure this machine"),
        idempotency_key=idempotency_key,
    )
