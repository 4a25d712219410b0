"""Pages of tokenizers and token stores: one list of both, and one page each."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.jobs.models import Artifact
from webapp.jobs.states import ENDED
from webapp.projects.models import Project
from webapp.tokenizers import extending, selectors


@require_safe
def result_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Tokenizers, token stores, and what is being made; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    making = list(selectors.making_of(project))
    context = {
        "project": project,
        "tokenizers": selectors.results_of(project, "tokenizer"),
        "stores": selectors.results_of(project, "tokens"),
        "making": making,
        "is_making": any(job.state not in ENDED for job in making),
    }
    is_partial = getattr(request, "htmx", False)
    return render(
        request, "tokenizers/tables.html" if is_partial else "tokenizers/list.html", context
    )


@require_safe
def detail(request: UserRequest, result_id: uuid.UUID) -> HttpResponse:
    """What is in it, what it was made from, and where it can be used."""
    artifact = open_for(request, Artifact, result_id)
    if artifact.kind not in selectors.KINDS:
        raise Http404
    context = {
        "project": artifact.project,
        "artifact": artifact,
        "figures": selectors.figures_of(artifact),
        "fit": selectors.fit_of(artifact),
        "extended": extending.extended(artifact) if artifact.kind == "tokenizer" else None,
        "languages": selectors.languages_of(artifact),
        "doubts": selectors.doubts_of(artifact),
        "special_tokens": selectors.special_tokens_of(artifact),
        "sources": list(artifact.sources.order_by("kind")),
        "products": list(artifact.products.order_by("-created_at")[:50]),
    }
    return render(request, "tokenizers/detail.html", context)
