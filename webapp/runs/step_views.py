"""The page of one step: what the model read, its numbers, the log around it; its batch drawn."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.builder.batch_picture import picture_of
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.jobs.models import Job
from webapp.runs.address import whole_number
from webapp.runs.folder_facts import latest_points
from webapp.runs.pages import run_context
from webapp.runs.steps import BATCH_ROWS_PER_PAGE, ROWS_PER_PAGE, drawn_batch, step_facts

_MAX_STEP = 1 << 40


@require_safe
def step(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """``?step=N`` (the newest when left out) and ``&row=K``, the first row shown."""
    job = open_for(request, Job, job_id)
    newest = latest_points(job.folder).get("train/loss")
    asked = whole_number(request.GET.get("step"), newest.step if newest else 1)
    number = min(asked, _MAX_STEP)
    first_row = min(whole_number(request.GET.get("row"), 0), _MAX_STEP)
    facts = step_facts(job, number, first_row)
    context = {"facts": facts, "earlier_row": max(0, first_row - ROWS_PER_PAGE)}
    return render(request, "runs/step.html", run_context(job, "charts") | context)


@require_safe
def batch(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """``?step=N`` and ``&row=K``, the first row shown: documents, padding, targets and the mask."""
    job = open_for(request, Job, job_id)
    number = min(whole_number(request.GET.get("step"), 1), _MAX_STEP)
    first_row = min(whole_number(request.GET.get("row"), 0), _MAX_STEP)
    earlier = max(0, first_row - BATCH_ROWS_PER_PAGE)
    context: dict[str, object] = {"step": number, "first_row": first_row, "earlier_row": earlier}
    try:
        context["picture"] = picture_of(drawn_batch(job, number, first_row))
    except ApplicationError as error:
        context["problem"] = error.message
    return render(request, "runs/batch.html", run_context(job, "charts") | context)
