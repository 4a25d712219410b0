"""Pages: benchmarks with results beside each other, one benchmark's items, one evaluation."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.evaluations import selectors, services
from webapp.evaluations.forms import OUTCOMES, ItemsForm
from webapp.evaluations.loss_pages import losses_of
from webapp.evaluations.recall import grid_of
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import ENDED
from webapp.projects.models import Project

_MOST_MAKING = 20


@require_safe
def evaluations(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Benchmarks, results, and what is being made; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    making = list(selectors.making_of(project)[:_MOST_MAKING])
    context = {
        "project": project,
        "benchmarks": [(row, selectors.set_names(row)) for row in selectors.benchmarks_of(project)],
        "results": selectors.results_of(project),
        "losses": losses_of(project),
        "making": making,
        "is_making": any(job.state not in ENDED for job in making),
    }
    is_partial = getattr(request, "htmx", False)
    return render(
        request, "evaluations/tables.html" if is_partial else "evaluations/list.html", context
    )


@require_safe
def benchmark(request: UserRequest, benchmark_id: uuid.UUID) -> HttpResponse:
    """Sets, splits, what was left out, results by it, and its items."""
    found = require_kind(open_for(request, Artifact, benchmark_id), selectors.BENCHMARK)
    asked = ItemsForm(request.GET).asked()
    context = {
        "project": found.project,
        "benchmark": found,
        "page": selectors.benchmark_page(found),
        "results": selectors.results_of(found.project, found),
        **told(lambda: services.benchmark_items(benchmark=found, page=asked["page"])),
    }
    context |= _pages(asked, context.get("found"))
    return render(request, "evaluations/benchmark.html", context)


@require_safe
def evaluation(request: UserRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    """What a model scored: by set and category, recall, contamination, and every item."""
    found = require_kind(open_for(request, Artifact, evaluation_id), selectors.EVALUATION)
    asked, info = ItemsForm(request.GET).asked(), selectors.evaluation_info(found)
    context: dict[str, Any] = {
        "project": found.project,
        "evaluation": found,
        "info": info,
        "model": selectors.model_name(found),
        "benchmark": found.sources.filter(kind=selectors.BENCHMARK).first(),
        "sets": selectors.rows_of(info["sets"]) if info else [],
        "categories": selectors.rows_of(info["categories"]) if info else [],
        "ways": list(selectors.WAYS.values()),
        "outcomes": OUTCOMES,
        "asked": asked,
        "recall": grid_of(info["passkey"]) if info else None,
    }
    if info and info["sets"]:
        context |= told(lambda: services.evaluation_items(evaluation=found, **asked))
        context |= _pages(asked, context.get("found"))
    return render(request, "evaluations/evaluation.html", context)


def told(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the helper found, or the sentence that says why there is nothing to show."""
    try:
        return {"found": call()}
    except ApplicationError as error:
        return {"refused": error.message}


def _pages(asked: dict[str, Any], found: dict[str, Any] | None) -> dict[str, Any]:
    """Where the items before and after these are; "" where there are none."""
    total, page = (found["num_items"] if found else 0), asked["page"]
    last = -(-total // services.PAGE_SIZE)
    return {
        "num_items": total,
        "first_item": (page - 1) * services.PAGE_SIZE + 1,
        "last_item": min(total, page * services.PAGE_SIZE),
        "previous": _address(asked, min(page - 1, last)) if page > 1 else "",
        "following": _address(asked, page + 1) if page < last else "",
    }


def _address(asked: dict[str, Any], page: int) -> str:
    parameters = QueryDict(mutable=True)
    for name, key in (("set", "set_name"), ("outcome", "outcome")):
        if asked[key]:
            parameters[name] = asked[key]
    parameters["page"] = str(max(1, page))
    return f"?{parameters.urlencode()}#items"
