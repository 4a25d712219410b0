"""The page that compares runs; ``?runs=id,id`` from a link or ``?run=id&run=id`` from the list."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from training.report.svg import Line
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.jobs.models import Job
from webapp.projects.models import Project
from webapp.runs import selectors
from webapp.runs.chart_pages import toolbar_context, view_of
from webapp.runs.chart_table import Chart
from webapp.runs.chart_view import View
from webapp.runs.charts import Drawing, drawing_of, lines_of
from webapp.runs.compare import Side, chart_data, charts_of, chosen_runs, measures_of, sides_of
from webapp.runs.config_diff import differences
from webapp.runs.samples import texts_of

_MAX_CANDIDATES = 15
_SAMPLE_CHARS = 700


@require_safe
def compare(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Two to eight runs of a project side by side; without them a list to choose from."""
    project = open_for(request, Project, project_id)
    ids = ids_of(request.GET)
    runs = selectors.runs_of(project)
    candidates = [(job, job.pk in ids) for job in runs[:_MAX_CANDIDATES]]
    context: dict[str, Any] = {"project": project, "candidates": candidates}
    try:
        jobs = chosen_runs(list(runs.filter(pk__in=ids)), ids)
    except ApplicationError as error:
        is_asked = "runs" in request.GET or "run" in request.GET
        context["problem"] = error.message if is_asked else ""
        return render(request, "runs/compare.html", context)
    return render(request, "runs/compare.html", context | _compared(request, jobs))


def ids_of(query: QueryDict) -> list[uuid.UUID]:
    """The runs that the address names; what is no id is left out."""
    texts = [*query.get("runs", "").split(","), *query.getlist("run")]
    found = []
    for text in texts[:100]:
        try:
            found.append(uuid.UUID(text.strip()))
        except ValueError:
            continue
    return found


def _compared(request: UserRequest, jobs: list[Job]) -> dict[str, Any]:
    sides = sides_of(jobs)
    charts = charts_of(sides)
    view = view_of(request)
    return {
        "sides": sides,
        "drawings": [_drawing(chart, sides, view) for chart in charts],
        "measures": measures_of(sides),
        "differences": differences([job.spec for job in jobs]),
        "samples": _samples(sides),
        "runs_query": ",".join(str(job.pk) for job in jobs),
        "sources": json.dumps({side.prefix: str(side.job.pk) for side in sides}),
        "has_live": any(job.is_live for job in jobs),
        "is_minus": request.GET.get("minus") == "1",
        "can_compare": True,
        "kept_query": [(key, value) for key, value in request.GET.items() if key != "smooth"],
        **toolbar_context(view, charts),
        "chart_data": chart_data(charts),
    }


def _drawing(chart: Chart, sides: list[Side], view: View) -> Drawing:
    """The server's drawing; what the script adds (zoom, difference) it does not show."""
    by_prefix = {side.prefix: side for side in sides}
    lines: list[Line] = []
    for series in chart.series:
        prefix, _colon, name = series.name.partition(":")
        curves = by_prefix[f"{prefix}:"].drawn
        lines += lines_of(chart, series, curves[name], curves, view)
    return drawing_of(chart, lines, view)


def _samples(sides: list[Side]) -> list[tuple[str, list[str]]]:
    """{prompt: the newest text of each run}; prompts that only one run has too."""
    texts = [texts_of(side.job.folder) for side in sides]
    prompts = list(dict.fromkeys(prompt for one in texts for prompt in one))
    return [(prompt, [_newest(one.get(prompt, {})) for one in texts]) for prompt in prompts[:6]]


def _newest(by_step: dict[int, str]) -> str:
    return by_step[max(by_step)][:_SAMPLE_CHARS] if by_step else ""
