"""The log of a run: its end as it grows, any place of it, or what a search finds."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.jobs.models import Job
from webapp.runs.address import whole_number
from webapp.runs.log_lines import lines_before, lines_from, size_of
from webapp.runs.log_search import Found, Wanted, search
from webapp.runs.pages import run_context

_BEFORE = 40
_AFTER = 160
_PAGE = 200


@require_safe
def log(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """``q``, ``regex``, ``level`` and ``from`` search; ``at`` and ``until`` are places in bytes."""
    job = open_for(request, Job, job_id)
    query = request.GET
    wanted = wanted_of(query)
    context: dict[str, Any] = {"wanted": wanted, "log_size": size_of(job.folder.log)}
    if not wanted.is_empty:
        context |= _searched(job, wanted, query)
    elif "at" in query or "until" in query:
        context |= _placed(job, query)
    return render(request, "runs/log.html", run_context(job, "log") | context)


def wanted_of(query: QueryDict) -> Wanted:
    """What the address asks for."""
    return Wanted(query.get("q", ""), query.get("regex") == "1", query.get("level", ""))


def _searched(job: Job, wanted: Wanted, query: QueryDict) -> dict[str, Any]:
    before = whole_number(query.get("before"), 0)
    try:
        found = search(job.folder.log, wanted, whole_number(query.get("from"), 0))
    except ApplicationError as error:
        return {"found": Found(0, 0), "problem": error.message, "num_all": 0}
    return {
        "found": found,
        "num_before": before,
        "num_all": before + found.num_found,
        "num_next": before + found.num_before_next,
    }


def _placed(job: Job, query: QueryDict) -> dict[str, Any]:
    path = job.folder.log
    if "until" in query:
        window = lines_before(path, whole_number(query.get("until"), 0), _PAGE)
        return {"window": window, "window_lines": window.lines}
    at = whole_number(query.get("at"), 0)
    after = lines_from(path, at, _AFTER)
    before = lines_before(path, after.start, _BEFORE)
    return {"window": after, "window_lines": before.lines + after.lines, "at": after.start}
