"""Starting a session: a job that loads one model or two and answers until it is idle."""

from __future__ import annotations

from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.jobs.models import Job
from webapp.jobs.services.creation import job_create
from webapp.playground.selectors import VERB, open_session, served_models
from webapp.projects.models import Project

#: A session that nobody asks gives its slot back.
IDLE_SECONDS = 900
#: Somebody sits before the page and waits: before other jobs that wait.
_PRIORITY = 10


def session_start(
    *, project: Project, created_by: User, model: str, second_model: str = "", key: str = ""
) -> Job:
    """The open session of these models, else a new one. SpecError when a model is not there."""
    found = open_session(project, model, second_model)
    if found is not None:
        return found
    job = job_create(
        project=project,
        verb=VERB,
        spec={"model": model, "second_model": second_model, "idle_seconds": IDLE_SECONDS},
        created_by=created_by,
        priority=_PRIORITY,
        idempotency_key=key,
    )
    names = " / ".join(model.name for model in served_models(job))
    job.title = (_("Playground: %(models)s") % {"models": names})[:120]
    job.save(update_fields=["title"])
    return job
