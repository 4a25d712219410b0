"""The workbench of tokenizers: a text as they cut it, comparisons on a corpus, and one of these."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED
from webapp.projects.models import Project
from webapp.tokenizers import compared, comparing
from webapp.tokenizers.compare_forms import CutForm, MeasureForm

_NUM_CORPORA = 100
#: Shown before anybody has chosen.
_NUM_CHOSEN = 4
#: What they cut before anybody has typed: words, names, numbers, a formula, Chinese, a program.
_EXAMPLE = (
    "Twelve patients (BMI 27.4 ± 3.1 kg/m²) received trastuzumab, naïve to other treatment.\n"
    "人工智能正在改变我们的生活方式。\n"
    "def area(radius): return 3.14159 * radius ** 2"
)


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """GET shows a text as the chosen ones cut it; POST has them compared on a corpus."""
    is_post = request.method == "POST"
    role = Role.EDITOR if is_post else Role.VIEWER
    project = open_for(request, Project, project_id, role)
    offered = comparing.comparable(project)
    corpora = list(comparing.corpora_of(project)[:_NUM_CORPORA])
    if not is_post and getattr(request, "htmx", False):
        return _part(request, project, offered)
    given = {"tokenizer": [str(one.pk) for one in offered[:_NUM_CHOSEN]]}
    named = {name: request.GET.getlist(name) for name in ("tokenizer",) if name in request.GET}
    form = MeasureForm(
        request.POST if is_post else None,
        offered=offered,
        corpora=corpora,
        initial={**given, **named, "text": request.GET.get("text", _EXAMPLE)},
    )
    if is_post:
        job = form.attempt(
            lambda: comparing.compare_ask(project=project, created_by=request.user, **form.asked())
        )
        if job is not None:
            messages.success(request, _("The tokenizers are being compared."))
            return redirect("tokenizers:compare", project.pk)
    jobs = comparing.unfinished_of(project)
    context = {
        "project": project,
        "form": form,
        "offered": offered,
        "corpora": corpora,
        "comparisons": list(comparing.comparisons_of(project)[: comparing.NUM_SHOWN]),
        "jobs": jobs,
        "is_comparing": any(job.state not in ENDED for job in jobs),
        "max_chars": comparing.MAX_CHARS,
        "chosen": form["tokenizer"].value() or [],
        **(_cut(request, project, offered) if "text" in request.GET else {}),
    }
    return render(request, "tokenizers/compare.html", context, status=422 if is_post else 200)


@require_safe
def comparison(request: UserRequest, comparison_id: uuid.UUID) -> HttpResponse:
    """What one comparison found."""
    artifact = require_kind(open_for(request, Artifact, comparison_id), comparing.KIND)
    context = {
        "project": artifact.project,
        "artifact": artifact,
        "page": compared.comparison_of(artifact),
        "corpus": artifact.sources.filter(kind="corpus").first(),
    }
    return render(request, "tokenizers/comparison.html", context)


def _part(request: UserRequest, project: Project, offered: list[Artifact]) -> HttpResponse:
    """What htmx asks for: the cut text, or the comparisons while one is under way."""
    if "text" in request.GET:
        context = {"project": project, **_cut(request, project, offered)}
        return render(request, "tokenizers/cuts.html", context)
    jobs = comparing.unfinished_of(project)
    context = {
        "project": project,
        "comparisons": list(comparing.comparisons_of(project)[: comparing.NUM_SHOWN]),
        "jobs": jobs,
        "is_comparing": any(job.state not in ENDED for job in jobs),
    }
    return render(request, "tokenizers/comparisons.html", context)


def _cut(request: UserRequest, project: Project, offered: list[Artifact]) -> dict[str, Any]:
    form = CutForm(request.GET, offered=offered)
    if not form.is_valid():
        return {"cut_errors": [text for texts in form.errors.values() for text in texts]}
    chosen: dict[str, Any] = {"chosen": form.chosen()}
    if not form.cleaned_data["text"]:
        return chosen
    try:
        answer = comparing.cut_text(
            project=project, tokenizers=form.chosen(), text=form.cleaned_data["text"]
        )
    except ApplicationError as error:
        return {**chosen, "cut_errors": [error.message]}
    are_some_left_out = len(form.chosen()) > comparing.MAX_CUT
    shown = {"cuts": comparing.cuts_shown(answer), "answer": answer}
    return {**chosen, **shown, "are_some_left_out": are_some_left_out}
