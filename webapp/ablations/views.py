"""Pages of ablations: the questions and the list, a new one with what will run, and a verdict."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from training.registry import EXPERIMENTS
from webapp.ablations.asking import Outlook, outlook
from webapp.ablations.forms import AblationForm
from webapp.ablations.selectors import AblationPage, ablations_of
from webapp.ablations.services import ablation_start
from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import GroupKind, JobGroup
from webapp.projects.models import Project

_MOST_LISTED = 50
_KEY_CHARS = 40


@require_safe
def index(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Questions to be asked with one click, and those that were asked."""
    project = open_for(request, Project, project_id)
    questions = [(row, row.load().question) for row in EXPERIMENTS.values()]
    groups = ablations_of(project)[:_MOST_LISTED]
    context = {"project": project, "questions": questions, "groups": groups}
    return render(request, "ablations/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The form; ``look`` shows what will run, ``start`` queues it."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    if request.method != "POST":
        form = AblationForm(initial=_named(request), project=project)
        return _form(request, project, form, None, HTTPStatus.OK)
    form = AblationForm(request.POST, project=project)
    found: Outlook | None = None
    if form.is_valid():
        if "start" in request.POST:
            key = request.POST.get("key", "")[:_KEY_CHARS]
            group = form.attempt(
                ablation_start,
                project=project,
                created_by=request.user,
                asked=form.asked,
                idempotency_key=key,
            )
            if group is not None:
                return redirect("ablations:detail", group_id=group.pk)
        else:
            found = form.attempt(outlook, project=project, asked=form.asked)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _form(request, project, form, found, status)


@require_safe
def detail(request: UserRequest, group_id: uuid.UUID) -> HttpResponse:
    """The verdict as the folders are now; while runs go on htmx asks for it again."""
    group = open_for(request, JobGroup, group_id)
    if group.kind != GroupKind.ABLATION:
        raise Http404
    is_partial = getattr(request, "htmx", False)
    name = "ablations/verdict.html" if is_partial else "ablations/detail.html"
    context = {"project": group.project, "group": group, "page": AblationPage(group)}
    return render(request, name, context)


def _named(request: UserRequest) -> dict[str, str]:
    """What the address names: a question, a run."""
    return {name: request.GET[name] for name in ("question", "run") if name in request.GET}


def _form(
    request: UserRequest,
    project: Project,
    form: AblationForm,
    found: Outlook | None,
    status: HTTPStatus,
) -> HttpResponse:
    context = {"project": project, "form": form, "outlook": found, "key": _key(request)}
    return render(request, "ablations/new.html", context, status=status)


def _key(request: UserRequest) -> str:
    """Two sends with the same one are the same wish."""
    return request.POST.get("key", "")[:_KEY_CHARS] or uuid.uuid4().hex
