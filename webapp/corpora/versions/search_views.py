"""The page on which a version is searched for a phrase."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.corpora.versions import searching, selectors
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind


@require_safe
def search(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """``?phrase=...``, ``&ignore_case=on``, ``&among=all``; ``&first=N`` goes on at a document."""
    corpus = require_kind(open_for(request, Artifact, corpus_id), selectors.KIND)
    version, _siblings = selectors.version_of(corpus)
    wanted = searching.read_wanted(request.GET)
    context: dict[str, Any] = {
        "project": corpus.project,
        "corpus": corpus,
        "version": version,
        "wanted": wanted,
        "query": wanted.query(),
        "trouble": "",
        "answer": None,
    }
    if wanted.phrase:
        try:
            answer = searching.ask_search(corpus, wanted)
        except ApplicationError as error:
            context["trouble"] = error.message
        else:
            context |= searching.result_context(answer, wanted)
    return render(request, "corpora/version_search.html", context)
