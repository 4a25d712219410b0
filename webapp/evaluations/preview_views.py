"""Pages that show items before anything is scored: as a model reads them, and rows as items."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from webapp.builder.drafts import fill, fill_named, new_draft
from webapp.builder.page import BuilderPage
from webapp.builder.schema import tree_of
from webapp.builder.values import unusual_fields
from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.evaluations import previews
from webapp.evaluations.forms import ItemsForm
from webapp.evaluations.selectors import BENCHMARK
from webapp.evaluations.views import told
from webapp.projects.models import Project

#: What the form of the page itself sets.
_MODEL, _EXAMPLES, _UPLOAD = "evaluate.model", "evaluate.prompt.num_examples", "benchmark.upload"


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Items of a benchmark as the model of the form reads them; an address says the same."""
    project = open_for(request, Project, project_id)
    page = previews.take_newest_model(_page(request, project, previews.VERB))
    number = ItemsForm(request.GET).asked()["page"]
    context = _context(page, (_MODEL, _EXAMPLES))
    context |= told(lambda: previews.items_preview(page, number))
    context |= {
        "models": page.choices.options("model", []),
        "chosen": str(previews.asked_step(page).values.get("model") or ""),
        "num_examples": dict(context["fields"]).get(_EXAMPLES, "0"),
        **_pages(context, number),
    }
    context["benchmark"] = page.choices.artifact(
        str(previews.asked_step(page).values.get(BENCHMARK) or "")
    )
    context["faulty"] = previews.left_out(page) if context["benchmark"] else []
    return render(request, "evaluations/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def preview_rows(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The first rows of an upload as the items that a benchmark would hold."""
    project = open_for(request, Project, project_id)
    page, file = _page(request, project, BENCHMARK), request.GET.get("file", "")[:500]
    context = _context(page, ())
    context |= told(lambda: previews.rows_preview(page, file))
    return render(request, "evaluations/preview_rows.html", context)


def _page(request: UserRequest, project: Project, verb: str) -> BuilderPage:
    draft = new_draft(verb)
    if draft is None:
        raise Http404
    if request.method == "POST":
        fill(draft, {name: request.POST.getlist(name) for name in request.POST})
    else:
        fill_named(draft, {name: request.GET.getlist(name) for name in request.GET})
    return BuilderPage(project, draft)


def _context(page: BuilderPage, own: tuple[str, ...]) -> dict[str, Any]:
    """``fields`` say the settings again; ``hidden`` are those that the page's form has not."""
    step = previews.asked_step(page)
    fields = unusual_fields(tree_of(step.verb), step.key, step.values)
    form = reverse("builder:new", args=[page.project.pk, step.verb])
    return {
        "project": page.project,
        "fields": fields,
        "hidden": [field for field in fields if field[0] not in own],
        "form_address": f"{form}?{urlencode(fields)}",
    }


def _pages(context: dict[str, Any], number: int) -> dict[str, Any]:
    """Where the items before and after these are; "" where there are none."""
    total = context["found"]["num_items"] if "found" in context else 0
    last = -(-total // previews.PAGE_SIZE)

    def address(page: int) -> str:
        return f"?{urlencode([*context['fields'], ('page', max(1, page))])}#items"

    return {
        "num_items": total,
        "first_item": (number - 1) * previews.PAGE_SIZE + 1,
        "last_item": min(total, number * previews.PAGE_SIZE),
        "previous": address(min(number - 1, last)) if number > 1 else "",
        "following": address(number + 1) if number < last else "",
    }
