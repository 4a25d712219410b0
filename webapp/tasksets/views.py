"""Pages of task sets: the list, a new one with its rows beside it, one set with tokens and loss."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training.errors import TrainyardError
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError, as_application_error
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED
from webapp.projects.models import Project
from webapp.tasksets import selectors, services
from webapp.tasksets.forms import RowsForm, TaskSetForm, TokensForm

_ROWS_SHOWN = 5
_EXAMPLES_SHOWN = 2


@require_safe
def task_sets(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Sets that were made, and what is being made; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    making = list(selectors.making_of(project)[:20])
    context = {
        "project": project,
        "sets": list(selectors.task_sets_of(project)[:200]),
        "making": making,
        "is_making": any(job.state not in ENDED for job in making),
    }
    is_partial = getattr(request, "htmx", False)
    return render(request, "tasksets/tables.html" if is_partial else "tasksets/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Choose an upload and say how its rows are read; the first ones stand beside it."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    form = TaskSetForm(request.POST or None, project=project, initial=request.GET.dict())
    if request.method == "POST":
        job = form.attempt(lambda: _create(request, project, form))
        if job is not None:
            messages.success(request, _("The rows are being read."))
            return redirect("tasksets:list", project.pk)
    context = {"project": project, "form": form, "builder_url": _builder_url(project)}
    return render(request, "tasksets/new.html", context)


@require_safe
def preview(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The first rows of the chosen upload as they will be read."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    form = TaskSetForm(request.GET, project=project)
    # Other fields may be half-typed; only these say how rows are read.
    form.is_valid()
    chosen = str(form.cleaned_data.get("upload") or "")
    upload = selectors.uploads_of(project).filter(pk=chosen).first() if chosen else None
    context: dict[str, Any] = {"project": project, "file": form.cleaned_data.get("file", "")}
    if upload is not None:
        context |= _told(
            lambda: services.rows_preview(
                upload=upload,
                file=form.cleaned_data.get("file", ""),
                shape=form.cleaned_data.get("shape", "auto"),
                columns=form.part("columns"),
            )
        )
    return render(request, "tasksets/preview.html", context)


@require_safe
def detail(request: UserRequest, tasks_id: uuid.UUID) -> HttpResponse:
    """One set: splits, errors by file and line, findings, lengths; rows and tokens on demand."""
    tasks = _load(request, tasks_id)
    tokens = TokensForm(project=tasks.project, initial={"sequence_length": 512})
    context = {
        "project": tasks.project,
        "tasks": tasks,
        "page": selectors.task_set_page(tasks),
        "tokens_form": tokens,
        "splits": selectors.SPLITS,
    }
    return render(request, "tasksets/detail.html", context)


@require_safe
def rows(request: UserRequest, tasks_id: uuid.UUID) -> HttpResponse:
    """Some rows of one split."""
    tasks = _load(request, tasks_id)
    form = RowsForm(request.GET or {"split": "train"})
    context: dict[str, Any] = {"tasks": tasks, "form": form}
    if form.is_valid():
        asked = form.asked()
        context |= asked | _told(
            lambda: services.split_rows(tasks=tasks, count=_ROWS_SHOWN, **asked)
        )
        context |= _pages(asked["start"], _ROWS_SHOWN, context.get("found"))
        shown = len(context["found"]["rows"]) if "found" in context else 0
        label = selectors.SPLITS[asked["split"]]
        context |= {"last": asked["start"] + shown, "split_label": label}
    return render(request, "tasksets/rows.html", context)


@require_safe
def tokens(request: UserRequest, tasks_id: uuid.UUID) -> HttpResponse:
    """Some rows as tokens, those with loss marked."""
    tasks = _load(request, tasks_id)
    form = TokensForm(request.GET, project=tasks.project)
    context: dict[str, Any] = {"tasks": tasks, "form": form}
    if form.is_valid():
        asked = form.asked()
        context |= asked | _told(
            lambda: services.tokens_preview(tasks=tasks, count=_EXAMPLES_SHOWN, **asked)
        )
        context |= _pages(asked["start"], _EXAMPLES_SHOWN, context.get("found"))
    return render(request, "tasksets/tokens.html", context)


@require_POST
def delete(request: UserRequest, tasks_id: uuid.UUID) -> HttpResponse:
    """Delete a set with the job that made it."""
    tasks = _load(request, tasks_id, Role.EDITOR)
    services.task_set_delete(tasks=tasks)
    messages.success(request, _("The task set %(title)s is deleted.") % {"title": str(tasks)})
    return redirect("tasksets:list", tasks.project_id)


def _create(request: UserRequest, project: Project, form: TaskSetForm) -> Job:
    """The job; what the spec refuses comes back by the names of the form."""
    try:
        return services.task_set_create(
            project=project,
            created_by=request.user,
            spec=form.spec(),
            title=form.cleaned_data["title"],
            idempotency_key=form.cleaned_data["key"],
        )
    except TrainyardError as error:
        told = as_application_error(error)
        assert told is not None
        fields = {path.replace(".", "-"): texts for path, texts in told.fields.items()}
        everything = " ".join(text for texts in fields.values() for text in texts)
        raise ApplicationError(everything or told.message, fields=fields) from error


def _told(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the helper found, or the sentence that says why there is nothing to show."""
    try:
        return {"found": call()}
    except ApplicationError as error:
        return {"refused": error.message}


def _pages(start: int, count: int, found: dict[str, Any] | None) -> dict[str, Any]:
    """Where the rows before and after these begin; None where there are none."""
    total = found["num_rows"] if found else 0
    return {
        "previous": max(0, start - count) if start else None,
        "following": start + count if start + count < total else None,
    }


def _load(request: UserRequest, tasks_id: uuid.UUID, role: Role = Role.VIEWER) -> Artifact:
    return require_kind(open_for(request, Artifact, tasks_id, role), selectors.KIND)


def _builder_url(project: Project) -> str:
    """The form of every setting; empty where it does not know this verb."""
    try:
        return reverse("builder:new", kwargs={"project_id": project.pk, "page": selectors.KIND})
    except NoReverseMatch:
        return ""
