"""The page that extends a tokenizer: terms, mined words, merging, with a preview beside it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from training.errors import SpecError
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import JobGroup
from webapp.projects.models import Project
from webapp.tokenizers import comparing, extending
from webapp.tokenizers.extend_forms import ExtendForm

_NUM_CORPORA = 100


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """GET shows the form; POST starts the jobs, and to htmx shows the preview of the choices."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    bases = comparing.comparable(project)
    corpora = list(comparing.corpora_of(project)[:_NUM_CORPORA])
    is_post, is_partial = request.method == "POST", bool(getattr(request, "htmx", False))
    given = request.POST if is_post else None
    form = ExtendForm(given, bases=bases, corpora=corpora, initial=request.GET.dict())
    if is_partial and is_post:
        return render(request, "tokenizers/extend_preview.html", _preview(project, form))
    if is_post:
        group = form.attempt(lambda: _ask(request, project, form))
        if group is not None:
            messages.success(request, _("The tokenizer is being extended."))
            return redirect("tokenizers:list", project.pk)
    context = {"project": project, "form": form, "bases": bases}
    return render(request, "tokenizers/extend.html", context, status=422 if is_post else 200)


def _ask(request: UserRequest, project: Project, form: ExtendForm) -> JobGroup:
    """The jobs; what the spec refuses is told at the form's fields."""
    try:
        return extending.extend_ask(
            project=project,
            created_by=request.user,
            extension=form.asked(),
            idempotency_key=request.POST.get("key", "")[:40],
        )
    except SpecError as error:
        told: dict[str, list[str]] = {}
        for problem in error.problems:
            # A term is one line of the field, a number of the mining a field of its own.
            head, _dot, rest = problem.field.partition(".")
            name = rest if head == "mining" else head
            told.setdefault(name, []).append(problem.sentence())
        raise ApplicationError(_("This cannot be extended as written."), fields=told) from error


def _preview(project: Project, form: ExtendForm) -> dict[str, Any]:
    """What the form's choices would add; the first fault where they cannot be read."""
    if not form.is_valid():
        texts = [f"{form.fields[name].label}: {text}" for name, all_of in form.errors.items()
                 for text in all_of if name in form.fields]  # fmt: skip
        return {"preview_errors": texts}
    try:
        return {"preview": extending.extension_preview(project=project, extension=form.asked())}
    except ApplicationError as error:
        return {"preview_errors": [error.message]}
