"""The queue page and the buttons on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs import selectors
from webapp.jobs.calibration import calibrating, calibration_ask, measured_speed
from webapp.jobs.models import Job
from webapp.jobs.services import control
from webapp.projects.models import Project

#: What a button asks; each has its route.
ACTIONS: dict[str, Callable[..., Job]] = {
    "stop": control.job_stop,
    "pause": control.job_pause,
    "resume": control.job_resume,
    "cancel": control.job_cancel,
}


@require_safe
def queue(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Running, waiting and ended jobs with their reasons, and the machines.

    htmx asks for the lists, and apart from them for the machines: signs of life come and stay
    away without any job changing.
    """
    project = open_for(request, Project, project_id)
    context: dict[str, object] = {"project": project}
    is_partial = bool(getattr(request, "htmx", False))
    if is_partial and request.GET.get("part") == "machines":
        return render(request, "jobs/machines.html", context | {"machines": selectors.machines()})
    version = selectors.state_version()
    if is_partial and request.GET.get("version") == str(version):
        # Nothing has changed: the page keeps its rows, and with them the reader's focus.
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context |= {"version": version, "queue": selectors.queue_of(project)}
    if is_partial:
        return render(request, "jobs/lists.html", context)
    context |= {
        "machines": selectors.machines(),
        "measured": measured_speed(),
        "calibrating": calibrating(project),
    }
    return render(request, "jobs/queue.html", context)


@require_POST
def calibrate(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Have this machine measured, for plans."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    key = request.POST.get("key", "")[:40]
    calibration_ask(project=project, created_by=request.user, idempotency_key=key)
    messages.success(request, _("The machine will be measured."))
    return redirect("jobs:queue", project_id=project.pk)


@require_POST
def ask(request: UserRequest, job_id: uuid.UUID, action: str) -> HttpResponse:
    """Stop, pause, resume or cancel, then back to where the button was."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    try:
        ACTIONS[action](job=job)
    except ApplicationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(title)s: %(reason)s") % _words(job))
    return _back(request, job)


@require_POST
def move(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """One place up or down in the project's line."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    try:
        control.job_move(job=job, up=request.POST.get("direction") == "up")
    except ApplicationError as error:
        messages.error(request, error.message)
    return _back(request, job)


def _words(job: Job) -> dict[str, str]:
    return {"title": job.title, "reason": job.reason}


def _back(request: UserRequest, job: Job) -> HttpResponse:
    """To the page that the form names, if it is one of ours."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return redirect(target)
    return redirect("jobs:queue", project_id=job.project_id)
