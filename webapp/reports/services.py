"""Asking for a report."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from training.specs.report import MAX_EVALUATIONS
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.evaluations.of_runs import evaluations_of
from webapp.jobs.models import Job
from webapp.jobs.references import ARTIFACT, FOLDER, JOB
from webapp.jobs.services.creation import job_create
from webapp.jobs.states import State
from webapp.runs.folder_facts import latest_points


def report_ask(*, run: Job, created_by: User, idempotency_key: str = "") -> Job:
    """A job that writes the report of a run, as it is now when the run has not finished.

    409 for a run that has not taken a step yet: there is nothing to tell.
    """
    if run.verb != "train" or not latest_points(run.folder):
        message = _("This run has not taken a step yet, so there is nothing to report.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    scheme = JOB if run.state == State.FINISHED else FOLDER
    return job_create(
        project=run.project,
        verb="report",
        spec={
            "run": f"{scheme}:{run.pk}",
            "title": run.title,
            "evaluations": _evaluations(run),
        },
        created_by=created_by,
        title=_("Report on %(title)s") % {"title": run.title},
        idempotency_key=idempotency_key,
    )


def _evaluations(run: Job) -> list[str]:
    """References to the newest evaluations of the run whose folders are there."""
    there = (one.artifact for one in evaluations_of([run]))
    whole = [one.pk for one in there if (one.folder / MANIFEST).is_file()]
    return [f"{ARTIFACT}:{pk}" for pk in whole[:MAX_EVALUATIONS]]
