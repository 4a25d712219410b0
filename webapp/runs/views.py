"""Pages of runs: the list, one run with its tabs, and what can be asked of a run."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.registry import perplexity_kind
from webapp.builder.sharing import share
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Job
from webapp.jobs.services.control import job_rename
from webapp.jobs.services.creation import MAX_TITLE_CHARS, job_clone
from webapp.jobs.states import ACTIVE
from webapp.projects.models import Project
from webapp.runs import panels, selectors
from webapp.runs.address import whole_number
from webapp.runs.chart_pages import charts_context
from webapp.runs.chart_table import SYSTEM_CHARTS, charts_for, present
from webapp.runs.disk_outlook import disk_outlook
from webapp.runs.forms import SmallRunForm
from webapp.runs.found_charts import found_charts
from webapp.runs.kernels import kernels_of
from webapp.runs.live.reading import series_names
from webapp.runs.pages import run_context
from webapp.runs.planned import plan_vs_measured
from webapp.runs.remedies import remedy_for
from webapp.runs.run_list import Listing, heads, listed
from webapp.runs.samples import MAX_STEPS, grid_of, spread
from webapp.runs.small import small_run_start
from webapp.runs.stats import perplexity_note
from webapp.runs.tabs import FILTER_LABELS

RUNS_PER_PAGE = 25


@require_safe
def run_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """All runs, newest first; htmx asks for the rows alone while something runs."""
    project = open_for(request, Project, project_id)
    listing = Listing.from_query(request.GET.dict())
    page = Paginator(listed(project, listing), RUNS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "rows": selectors.run_rows(list(page.object_list)),
        "has_active": any(job.state in ACTIVE for job in page.object_list),
        "chosen": listing.state,
        "listing": listing,
        "heads": heads(listing),
        "filters": FILTER_LABELS,
    }
    is_partial = getattr(request, "htmx", False)
    return render(request, "runs/rows.html" if is_partial else "runs/list.html", context)


@require_safe
def charts(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """The run as it goes: numbers, charts, the newest events and log lines."""
    job = open_for(request, Job, job_id)
    context = run_context(job, "charts")
    context["perplexity_note"] = perplexity_note(perplexity_kind(job.spec))
    shown = charts_for(job.spec) + found_charts(series_names(job.folder))
    context |= charts_context(request, job.folder, shown, context["run"].marks)
    return render(request, "runs/charts.html", context)


@require_safe
def samples(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Fixed prompts across steps; ``?step=`` as often as steps are chosen."""
    job = open_for(request, Job, job_id)
    asked = map(whole_number, request.GET.getlist("step")[:MAX_STEPS])
    grid = grid_of(job.folder, [step for step in asked if step is not None])
    boxes = [(step, step in grid.steps) for step in spread(grid.all_steps, MAX_STEPS)]
    return _page(request, job, "samples", grid=grid, step_boxes=boxes)


@require_safe
def system(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Processor, memory, disk and GPUs while it ran."""
    job = open_for(request, Job, job_id)
    charts = present(SYSTEM_CHARTS, series_names(job.folder))
    context = run_context(job, "system") | {"disk": disk_outlook(job.folder)}
    context |= {"kernels": kernels_of(job.folder)}
    context |= charts_context(request, job.folder, charts, context["run"].marks)
    return render(request, "runs/system.html", context)


@require_safe
def events(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """What happened, as sentences."""
    return _page(request, open_for(request, Job, job_id), "events")


@require_safe
def settings(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """The settings with which it runs, as YAML and as a command."""
    job = open_for(request, Job, job_id)
    (shared,) = share(job.project, [(job.verb, job.spec)])
    return _page(request, job, "settings", shared=shared, planned=plan_vs_measured(job))


@require_safe
def chain(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """The states of the chain that it belongs to; htmx asks while any of them is open."""
    job = open_for(request, Job, job_id)
    context = {"job": job, "steps": selectors.steps_of(job)}
    return render(request, "runs/chain.html", context)


@require_POST
def small(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The one button: a chain from text to report; leads to the run that it will make."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    form = SmallRunForm(request.POST, project=project)
    if not form.is_valid():
        fields = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        raise ApplicationError(_("The run cannot be started as asked."), fields=fields)
    job = small_run_start(
        project=project,
        created_by=request.user,
        artifact=form.cleaned_data["text"],
        num_processes=form.cleaned_data["num_processes"],
        idempotency_key=form.cleaned_data["key"],
    )
    return redirect("runs:detail", job_id=job.pk)


@require_safe
def running(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The part of the home page that moves; htmx asks for it while anything does."""
    project = open_for(request, Project, project_id)
    context = {"project": project, **panels.running(project)}
    return render(request, "runs/home_running.html", context)


@require_POST
def rename(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Another name."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    job_rename(job=job, title=request.POST.get("title", "")[:MAX_TITLE_CHARS])
    return redirect("runs:detail", job_id=job.pk)


@require_POST
def clone(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """A new run with the same settings, with the remedy's changes when it was asked for."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    remedy = remedy_for(job.reason_code, job.spec)
    changes = remedy.changes if remedy and request.POST.get("with_remedy") else {}
    made = job_clone(
        job=job,
        created_by=request.user,
        changes=changes,
        idempotency_key=request.POST.get("key", "")[:64],
    )
    messages.success(request, _("This is the clone; it starts when there is room."))
    return redirect("runs:detail", job_id=made.pk)


def _page(request: UserRequest, job: Job, tab: str, **context: Any) -> HttpResponse:
    return render(request, f"runs/{tab}.html", run_context(job, tab) | context)
