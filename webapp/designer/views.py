"""The designer page and its live part. Nothing is stored: a design lives in the form."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp.builder import actions
from webapp.builder.choices import Option
from webapp.builder.drafts import Draft, fill, fill_named
from webapp.core.access import load_for, open_for
from webapp.core.requests import UserRequest
from webapp.designer.designs import (
    PART,
    VERB,
    Named,
    model_values,
    new_design,
    preset_named,
    read_named,
    run_named,
)
from webapp.designer.page import DesignPage
from webapp.jobs.models import Job
from webapp.projects.models import Project

#: Runs offered to be laid beside a design, the newest.
_MOST_RUNS = 12
#: Buttons that change only what lies beside the design.
_LAYING = frozenset({"pin", "unpin", "lay"})
#: Pages of the builder that a design may be carried to.
_TRAINED_ON = ("train", "chain")


@require_http_methods(["GET", "HEAD", "POST"])
def design(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The form; every button posts all of it and brings it back changed."""
    project = open_for(request, Project, project_id)
    draft, beside = _drawn_from(request, project)
    told = actions.act(draft, request.POST)
    beside = _beside(request.POST, project, draft, beside)
    shown = DesignPage(draft, beside, told)
    if request.POST.get("train") in _TRAINED_ON and not shown.findings.problems:
        built = reverse("builder:new", args=[project.pk, request.POST["train"]])
        return redirect(f"{built}?{shown.query}")
    return render(request, "designer/design.html", _context(request, project, shown))


@require_POST
def live(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Findings, numbers and drawing for what is in the form now; htmx puts them in.

    What changes only the design beside this one comes here too: the form is not drawn again.
    """
    project = open_for(request, Project, project_id)
    draft, beside = _drawn_from(request, project)
    is_laid = not _LAYING.isdisjoint(request.POST)
    if is_laid:
        beside = _beside(request.POST, project, draft, beside)
    context = _context(request, project, DesignPage(draft, beside))
    context |= {"is_live": True, "is_laid": is_laid}
    return render(request, "designer/live.html", context)


def _drawn_from(request: UserRequest, project: Project) -> tuple[Draft, Named | None]:
    """The draft and the design beside it: from the form, or as the address names them."""
    draft = new_design()
    if request.method == "POST":
        fill(draft, {name: request.POST.getlist(name) for name in request.POST})
        return draft, read_named(request.POST.get("beside", ""))
    draft.is_advanced = request.GET.get("shown") != "basic"
    if named := request.GET.get("from"):
        job = load_for(request.user, Job, _id(named))
        found = run_named(job) if job.project_id == project.pk and job.verb == VERB else None
        if found is None:
            raise Http404
        draft.title = found.title
        draft.steps[0].values[PART] = found.values
    fill_named(draft, {name: request.GET.getlist(name) for name in request.GET})
    return draft, None


def _beside(sent: QueryDict, project: Project, draft: Draft, now: Named | None) -> Named | None:
    """The design beside this one after the pressed button."""
    here = Named(draft.title or "A", model_values(draft))
    if "pin" in sent:
        return here
    if "unpin" in sent:
        return None
    if "swap" in sent and now is not None:
        draft.title, draft.steps[0].values[PART] = now.title, now.values
        return here
    if "lay" in sent:
        return _chosen(sent.get("other", ""), project) or now
    return now


def _chosen(text: str, project: Project) -> Named | None:
    """``preset:<name>`` or ``run:<id>``."""
    kind, _colon, name = text.partition(":")
    if kind == "preset":
        return preset_named(name)
    job = Job.objects.filter(project=project, verb=VERB, pk=_id(name)).first() if name else None
    return run_named(job) if job is not None else None


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _context(request: UserRequest, project: Project, shown: DesignPage) -> dict[str, object]:
    runs = Job.objects.filter(project=project, verb=VERB).order_by("-created_at")[:_MOST_RUNS]
    names = [one.name for _verb, presets in shown.presets for one in presets]
    others = [
        (_("Presets"), [Option(f"preset:{name}", name) for name in names]),
        (_("Runs"), [Option(f"run:{job.pk}", job.title) for job in runs if run_named(job)]),
    ]
    return {
        "project": project,
        "draft": shown.draft,
        "page": shown,
        "others": [(title, options) for title, options in others if options],
        "chosen": request.POST.get("other", ""),
    }
