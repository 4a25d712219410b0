"""What a page with charts needs: drawings, the toolbar's choices, the table for the script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from training.folder.layout import JobFolder
from webapp.jobs.event_lines import Event
from webapp.runs.chart_table import Chart
from webapp.runs.chart_view import X_AXES, View
from webapp.runs.charts import draw
from webapp.runs.story import MARKED


def view_of(request: HttpRequest) -> View:
    """What the address chooses; boxes of a form without script come one by one."""
    query = {**request.GET.dict(), "charts": ",".join(request.GET.getlist("charts"))}
    return View.from_query(query)


def charts_context(
    request: HttpRequest, folder: JobFolder, charts: Sequence[Chart], marks: Sequence[Event]
) -> dict[str, Any]:
    """Context of `runs/chart_grid.html` and `runs/chart_toolbar.html`."""
    view = view_of(request)
    drawings = draw(folder, view, charts, marks)
    return {
        "drawings": drawings,
        "empty_charts": [str(one.chart.title) for one in drawings if one.is_empty],
        **toolbar_context(request, view, charts),
    }


def query_without(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    """What else the address says: a form that sets one of its parts keeps the others."""
    kept = ((key, values) for key, values in request.GET.lists() if key != name)
    return [(key, value) for key, values in kept for value in values]


def toolbar_context(request: HttpRequest, view: View, charts: Sequence[Chart]) -> dict[str, Any]:
    """Of the toolbar, and of the script."""
    shown = {chart.key for chart in view.chosen(charts)}
    return {
        "query_but_smooth": query_without(request, "smooth"),
        "query_but_charts": query_without(request, "charts"),
        "view": view,
        "x_axes": X_AXES.items(),
        "chart_boxes": [(chart.key, chart.title, chart.key in shown) for chart in charts],
        "shown_charts": shown,
        "chart_data": json.dumps([chart.as_data() for chart in charts], separators=(",", ":")),
        "marked_kinds": " ".join(MARKED),
    }
