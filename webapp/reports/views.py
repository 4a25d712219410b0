"""Pages of reports: the list, one report, the button that asks for one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project
from webapp.reports import corpus_selectors, selectors, services
from webapp.runs.folder_facts import latest_points
from webapp.runs.pages import run_context
from webapp.runs.selectors import runs_of

#: The list shows the newest; how many there are is said beside it.
NUM_SHOWN = 200
NUM_WRITING = NUM_RUNS = 20


@require_safe
def report_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """All reports, and for editors runs to write one about; htmx asks while one is written."""
    project = open_for(request, Project, project_id)
    may_write = Role(project.access_role).covers(Role.EDITOR)  # type: ignore[attr-defined]
    reports = selectors.reports_of(project)
    shown = list(reports[:NUM_SHOWN])
    context = {
        "project": project,
        "reports": shown,
        "num_reports": len(shown) if len(shown) < NUM_SHOWN else reports.count(),
        "num_shown": NUM_SHOWN,
        "writing": list(selectors.writing_of(project)[:NUM_WRITING]),
        "corpus_reports": list(corpus_selectors.corpus_reports_of(project)[:NUM_SHOWN]),
        **(_runs(project) if may_write else {}),
    }
    is_partial = getattr(request, "htmx", False)
    return render(request, "reports/tables.html" if is_partial else "reports/list.html", context)


@require_safe
def report(request: UserRequest, report_id: uuid.UUID) -> HttpResponse:
    """One report, drawn from its JSON by our own templates."""
    artifact = open_for(request, Artifact, report_id)
    context = {
        "project": artifact.project,
        "report": artifact,
        "page": selectors.report_page(artifact),
        "downloads": selectors.DOWNLOADS,
        "corpus": corpus_selectors.corpus_of(artifact),
    }
    return render(request, "reports/report.html", context)


@require_safe
def of_run(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """The report tab of a run: the newest report, or how to get one."""
    job = open_for(request, Job, job_id)
    report = selectors.reports_of_run(job).first()
    writing = selectors.writing_of_run(job)
    context = {
        "job": job,
        "report": report,
        "page": selectors.report_page(report) if report else None,
        "downloads": selectors.DOWNLOADS,
        "writing": writing,
        # One that waits for the end of the run keeps nobody from having one now.
        "may_write": job.has_ended and not any(one.state != State.WAITING for one in writing),
        "has_points": bool(latest_points(job.folder)),
    }
    if getattr(request, "htmx", False):
        return render(request, "reports/of_run_part.html", context)
    return render(request, "reports/of_run.html", run_context(job, "report") | context)


@require_POST
def write(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask for a report; leads to the run's report tab, where it appears."""
    run = open_for(request, Job, job_id, Role.EDITOR)
    key = request.POST.get("key", "")[:40]
    services.report_ask(run=run, created_by=request.user, idempotency_key=key)
    messages.success(request, _("The report is being written."))
    return redirect("reports:of-run", job_id=run.pk)


def _runs(project: Project) -> dict[str, Any]:
    """The newest runs that a report can be written about, and whether there are more."""
    runs = list(runs_of(project).exclude(started_at=None)[: NUM_RUNS + 1])
    return {"runs": runs[:NUM_RUNS], "has_more_runs": len(runs) > NUM_RUNS}
