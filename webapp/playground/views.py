"""Pages of the playground: choosing models, and a session with them."""

from __future__ import annotations

import json
import uuid
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Job
from webapp.jobs.serving import serving_ask
from webapp.jobs.states import ENDED
from webapp.playground import selectors
from webapp.playground.forms import AskForm, StartForm
from webapp.playground.services import session_start
from webapp.projects.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Choose one model or two; sessions that are open."""
    role = Role.EDITOR if request.method == "POST" else Role.VIEWER
    project = open_for(request, Project, project_id, role)
    form = StartForm(request.POST or None, project=project, initial=request.GET.dict())
    if request.method == "POST":
        start = partial(session_start, project=project, created_by=request.user)
        job = form.attempt(lambda: start(**form.cleaned_data))
        if job is not None:
            return redirect("playground:session", session_id=job.pk)
    context = {"project": project, "form": form, "sessions": selectors.sessions_of(project)}
    return render(request, "playground/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: UserRequest, session_id: uuid.UUID) -> HttpResponse:
    """A session. A posted prompt (a page without scripts) is answered whole."""
    role = Role.EDITOR if request.method == "POST" else Role.VIEWER
    job = _session(request, session_id, role)
    form = AskForm(request.POST or None)
    answers = form.attempt(lambda: _answers(job, form.cleaned_data)) if request.POST else None
    context = _state(job) | {"form": form, "answers": answers, "words": json.dumps(_words())}
    return render(request, "playground/session.html", context)


@require_safe
def state(request: UserRequest, session_id: uuid.UUID) -> HttpResponse:
    """The part of the page that says whether the models answer; asked for while they do not."""
    return render(request, "playground/state.html", _state(_session(request, session_id)))


def _session(request: UserRequest, session_id: uuid.UUID, role: Role = Role.VIEWER) -> Job:
    job = open_for(request, Job, session_id, role)
    if job.verb != selectors.VERB:
        raise Http404
    return job


def _state(job: Job) -> dict[str, Any]:
    models = selectors.served_models(job)
    return {
        "job": job,
        "project": job.project,
        "models": models,
        "is_ready": selectors.is_ready(job),
        "has_ended": job.state in ENDED,
        "has_chat": bool(models) and all(model.has_chat for model in models),
        "again": reverse("playground:index", kwargs={"project_id": job.project_id}),
    }


def _answers(job: Job, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer of each model, in their order; a refusal stands where the answer would."""
    found = []
    for number in range(len(selectors.served_models(job))):
        try:
            found.append(serving_ask(job=job, call="complete", model=number, **asked))
        except ApplicationError as error:
            found.append({"refused": error.message})
    return found


def _words() -> dict[str, str]:
    """What the script says."""
    return {
        "cost": _("{tokens} tokens in {seconds} s, {speed} per second"),
        "cut": _("Only the end of the prompt was read: {count} tokens at its start did not fit."),
        "stopped": _("stopped"),
        "lost": _("The connection was lost. Send it again."),
        "you": _("You"),
        "empty": _("The model ended at once: nothing follows this prompt."),
    }
