"""Pages of checkpoints: those of one run, the models of a project, the button that checks."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from webapp.checkpoints import selectors, services
from webapp.checkpoints.models import CheckState
from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Job
from webapp.projects.models import Project
from webapp.runs.pages import run_context
from webapp.runs.selectors import runs_of

_RUNS_SHOWN = 50


@require_safe
def model_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Finished models, and the newest checkpoint of every run that has one."""
    project = open_for(request, Project, project_id)
    newest = selectors.newest_checkpoints(runs_of(project)[:_RUNS_SHOWN])
    context = {"project": project, "models": selectors.models_of(project), "newest": newest}
    return render(request, "checkpoints/list.html", context)


@require_safe
def of_run(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """The checkpoints tab of a run."""
    job = open_for(request, Job, job_id)
    rows = selectors.checkpoints_of(job)
    context = {
        "rows": rows,
        "is_checking": any(row.check and row.check.state == CheckState.ASKED for row in rows),
        "models": selectors.models_with_files(job),
    }
    if getattr(request, "htmx", False):
        return render(request, "checkpoints/rows.html", context | {"job": job})
    return render(request, "checkpoints/of_run.html", run_context(job, "checkpoints") | context)


@require_POST
def verify(request: UserRequest, job_id: uuid.UUID, step: int) -> HttpResponse:
    """Have a checkpoint checked; the page shows the result when it is there."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    services.check_ask(job=job, step=step)
    return redirect("checkpoints:of-run", job_id=job.pk)
