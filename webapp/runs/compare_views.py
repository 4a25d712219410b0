"""The page that compares runs; ``?runs=id,id`` from a link or ``?run=id&run=id`` from the list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from training.report.svg import Line
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.projects.models import Project
from webapp.runs import selectors
from webapp.runs.benchmarks import results_of
from webapp.runs.chart_pages import query_without, toolbar_context, view_of
from webapp.runs.chart_table import Chart
from webapp.runs.chart_view import View
from webapp.runs.charts import Drawing, drawing_of, lines_of
from webapp.runs.compare import Side, charts_of, chosen_runs, drawn_curves, sides_of
from webapp.runs.config_diff import differences
from webapp.runs.curves import Curves, started_at
from webapp.runs.measures import measures_of
from webapp.runs.samples import texts_of

_MAX_CANDIDATES = 15
_MAX_NAMED = 100
_MAX_PROMPTS, _SAMPLE_CHARS = 6, 700


@require_safe
def compare(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Two to eight runs of a project side by side; without them a list to choose from.

    While any of them goes on htmx asks for the table of numbers alone.
    """
    project = open_for(request, Project, project_id)
    named = named_runs(request.GET)
    ids = [one for one in map(_id, named) if one is not None]
    runs = selectors.runs_of(project)
    known = list(runs.filter(pk__in=ids))
    context: dict[str, Any] = {"project": project}
    try:
        jobs = chosen_runs(known, ids)
    except ApplicationError as error:
        context["problem"] = error.message if named else ""
        jobs = []
    if jobs:
        context |= _numbers(jobs)
        if getattr(request, "htmx", False):
            return render(request, "runs/compare_numbers.html", context)
        context |= _compared(request, context["sides"])
        context["num_missing"] = len(named) - len(jobs)
    elif getattr(request, "htmx", False):
        # A run was deleted meanwhile: the page as a whole says so.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context |= _candidates(runs, [job for one in ids for job in known if job.pk == one])
    return render(request, "runs/compare.html", context)


def named_runs(query: QueryDict) -> list[str]:
    """What the address names as runs, each once; some of it may be no id.

    ``first`` is the baseline, where it is one of them.
    """
    texts = [*query.get("runs", "").split(","), *query.getlist("run")]
    first = query.get("first", "")
    texts = [first, *texts] if first in texts else texts
    return list(dict.fromkeys(filter(None, (text.strip() for text in texts))))[:_MAX_NAMED]


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _candidates(runs: QuerySet[Job], chosen: list[Job]) -> dict[str, Any]:
    """Those chosen in their order, then the newest others."""
    ids = [job.pk for job in chosen]
    others = list(runs.exclude(pk__in=ids)[: _MAX_CANDIDATES + 1])
    return {
        "candidates": [(job, True) for job in dict.fromkeys(chosen)]
        + [(job, False) for job in others[:_MAX_CANDIDATES]],
        "has_more_candidates": len(others) > _MAX_CANDIDATES,
    }


def _numbers(jobs: list[Job]) -> dict[str, Any]:
    """Context of `runs/compare_numbers.html`."""
    sides = sides_of(jobs)
    return {
        "sides": sides,
        "measures": measures_of(sides),
        "goes_on": any(not job.has_ended and job.state != State.PAUSED for job in jobs),
    }


def _compared(request: UserRequest, sides: list[Side]) -> dict[str, Any]:
    charts = charts_of(sides)
    view = view_of(request)
    drawn = drawn_curves(sides)
    drawings = [_drawing(chart, drawn, view) for chart in charts]
    samples = _samples(sides)
    return {
        "results": results_of([side.job for side in sides]),
        "drawings": drawings,
        "empty_charts": [str(one.chart.title) for one in drawings if one.is_empty],
        "differences": differences([side.job.spec for side in sides]),
        "samples": samples[:_MAX_PROMPTS],
        "num_prompts": len(samples),
        "sources": json.dumps({side.prefix: str(side.job.pk) for side in sides}),
        "query_but_first": query_without(request, "first"),
        "is_minus": request.GET.get("minus") == "1",
        "can_compare": True,
        **toolbar_context(request, view, charts),
    }


def _drawing(chart: Chart, drawn: Mapping[str, Curves], view: View) -> Drawing:
    """The server's drawing; what the script adds (zoom, difference) it does not show."""
    since = min((started_at(curves) for curves in drawn.values() if curves), default=0.0)
    lines: list[Line] = []
    for series in chart.series:
        prefix, _colon, name = series.name.partition(":")
        curves = drawn[f"{prefix}:"]
        if name in curves:
            lines += lines_of(chart, series, curves[name], curves, view, since)
    return drawing_of(chart, lines, view)


def _samples(sides: list[Side]) -> list[tuple[str, list[str]]]:
    """{prompt: the newest text of each run}; prompts that only one run has too."""
    texts = [texts_of(side.job.folder) for side in sides]
    prompts = list(dict.fromkeys(prompt for one in texts for prompt in one))
    return [(prompt, [_newest(one.get(prompt, {})) for one in texts]) for prompt in prompts]


def _newest(by_step: dict[int, str]) -> str:
    text = by_step[max(by_step)] if by_step else ""
    return text if len(text) <= _SAMPLE_CHARS else f"{text[:_SAMPLE_CHARS]}…"
