"""The page of a search for evaluation sets: counts by set, hits side by side, a corpus without."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.contamination import selectors, services
from webapp.corpora.contamination.forms import HitsForm, WithoutForm
from webapp.corpora.versions.pages import marked, num_pages, origin_words
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind


@require_safe
def contamination(request: UserRequest, contamination_id: uuid.UUID) -> HttpResponse:
    """What documents hold of each set, and the hits of all, of one set, or of one item."""
    search = _search(request, contamination_id)
    return _page(request, search, WithoutForm(search=search))


@require_POST
def contamination_without(request: UserRequest, contamination_id: uuid.UUID) -> HttpResponse:
    """Start the job that makes a corpus without the documents that hold items."""
    search = _search(request, contamination_id, Role.EDITOR)
    form = WithoutForm(request.POST, search=search)
    job = form.attempt(
        lambda: services.corpus_without(search=search, created_by=request.user, **form.asked())
    )
    if job is None:
        return _page(request, search, form, status=422)
    messages.success(request, _("The corpus is being made; it stands here when it is done."))
    return redirect("corpora:list", search.project_id)


def _search(
    request: UserRequest, contamination_id: uuid.UUID, role: Role = Role.VIEWER
) -> Artifact:
    return require_kind(open_for(request, Artifact, contamination_id, role), selectors.KIND)


def _page(
    request: UserRequest, search: Artifact, form: WithoutForm, status: int = 200
) -> HttpResponse:
    asked = HitsForm(request.GET).asked()
    found, documents = selectors.found_by(search), selectors.documents_of(search)
    context: dict[str, Any] = {
        "project": search.project,
        "search": search,
        "documents": documents,
        "corpus": next(iter(selectors.versions_beside(documents)), None),
        "found": found,
        "asked": asked,
        "form": form,
        "answer": None,
        "trouble": "",
        **_addresses(asked),
    }
    try:
        answer = services.hits_page(search=search, **asked)
    except ApplicationError as error:
        context["trouble"] = error.message
    else:
        context |= {
            "answer": answer,
            "hits": [_shown(hit) for hit in answer["hits"]],
            "num_pages": num_pages(answer["num_hits"], services.PAGE_SIZE),
            "trouble": answer["trouble"],
        }
    return render(request, "corpora/contamination.html", context, status=status)


def _addresses(asked: dict[str, Any]) -> dict[str, Any]:
    """Where the pages before and after these hits are; ``query`` goes on with another one."""
    parameters = QueryDict(mutable=True)
    if asked["set_name"]:
        parameters["set"] = asked["set_name"]
    if asked["item"] >= 0:
        parameters["item"] = str(asked["item"])
    return {
        "query": f"{parameters.urlencode()}&" if parameters else "",
        "previous_page": asked["page"] - 1,
        "next_page": asked["page"] + 1,
    }


def _shown(hit: dict[str, Any]) -> dict[str, Any]:
    """As the template has it: both texts cut at their marks."""
    sides = {
        name: {**side, "pieces": marked(side["excerpt"], side["places"])}
        for name in ("item_text", "document_text")
        if (side := hit[name])
    }
    is_whole = hit["ngram_words"] == hit["num_words"]
    return {**hit, **sides, "where": origin_words(hit["origin"]), "is_whole": is_whole}
