"""Pages of losses: documents in order of their loss, and one with its tokens shaded."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.evaluations import loss_pages, selectors, services
from webapp.evaluations.forms import DocumentForm, LossesForm
from webapp.evaluations.loss_pages import losses_of
from webapp.evaluations.views import told
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind


@require_safe
def losses(request: UserRequest, losses_id: uuid.UUID) -> HttpResponse:
    """Means by source, how losses are spread, and the documents."""
    found = require_kind(open_for(request, Artifact, losses_id), selectors.LOSSES)
    asked, info = LossesForm(request.GET).asked(), loss_pages.info_of(found)
    context: dict[str, Any] = {
        "project": found.project,
        "losses": found,
        "model": selectors.model_name(found),
        "info": info,
        "spreads": loss_pages.spreads_of(info) if info else [],
        "orders": loss_pages.ORDERS,
        "asked": asked,
    }
    if info:
        context |= told(lambda: services.documents_by_loss(losses=found, **asked))
        context |= _pages(asked, context.get("found"))
    return render(request, "evaluations/losses.html", context)


@require_safe
def document(request: UserRequest, losses_id: uuid.UUID, document: int) -> HttpResponse:
    """One document, its tokens shaded by their loss."""
    found = require_kind(open_for(request, Artifact, losses_id), selectors.LOSSES)
    offset = DocumentForm(request.GET).offset()
    context = {
        "project": found.project,
        "losses": found,
        "model": selectors.model_name(found),
        "run": selectors.run_of(found),
        "scale": loss_pages.scale(),
        **told(lambda: services.document_losses(losses=found, document=document, offset=offset)),
    }
    if "found" in context:
        context["top"] = loss_pages.named(context["found"]["top"])
        context["pieces"] = loss_pages.shaded(context["found"]["pieces"])
    return render(request, "evaluations/losses_document.html", context)


@require_safe
def of_document(request: UserRequest, corpus_id: uuid.UUID, doc_id: str) -> HttpResponse:
    """What models make of one document of a corpus: the measurements that have read it."""
    corpus = require_kind(open_for(request, Artifact, corpus_id), "corpus")
    measured = losses_of(corpus.project)
    context: dict[str, Any] = {"project": corpus.project, "corpus": corpus, "doc_id": doc_id}
    context["index"] = DocumentForm(request.GET).offset()
    rows = told(
        lambda: {
            "rows": services.losses_of_document(
                measured=[artifact for artifact, _model in measured], doc_id=doc_id
            )
        }
    )
    context["refused"] = rows.get("refused", "")
    found = rows["found"]["rows"] if "found" in rows else [None] * len(measured)
    context["read"] = [
        (artifact, model, row)
        for (artifact, model), row in zip(measured, found, strict=True)
        if row is not None
    ]
    return render(request, "evaluations/losses_of_document.html", context)


def _pages(asked: dict[str, Any], found: dict[str, Any] | None) -> dict[str, Any]:
    """Where the documents before and after these are; "" where there are none."""
    total, page, size = (found["num_documents"] if found else 0), asked["page"], services.PAGE_SIZE
    last = -(-total // size)

    def address(number: int) -> str:
        parameters = QueryDict(mutable=True)
        parameters["order"] = asked["order"]
        if asked["source"]:
            parameters["source"] = asked["source"]
        parameters["page"] = str(max(1, number))
        return f"?{parameters.urlencode()}#items"

    return {
        "num_items": total,
        "first_item": (page - 1) * size + 1,
        "last_item": min(total, page * size),
        "previous": address(min(page - 1, last)) if page > 1 else "",
        "following": address(page + 1) if page < last else "",
    }
