"""Saves what a page of a version tries: the address says it all, so the form sends the address."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from training.specs.rule_sets import RuleSet as Rules
from webapp.core.access import load_for, open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.models import RuleSet
from webapp.corpora.versions import selectors, services
from webapp.corpora.versions.blending import read_blend
from webapp.corpora.versions.choice import read_choice
from webapp.corpora.versions.stored import Stored
from webapp.corpora.versions.tokens import KIND as TOKENIZER
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind


@require_POST
def version_save(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """Start the job that makes a version as ``query`` says; signals are taken over."""
    corpus = open_for(request, Artifact, corpus_id, Role.EDITOR)
    mine, _siblings = selectors.version_of(corpus)
    if mine.documents is None:
        raise ApplicationError(
            _("The documents of this version are deleted: make a corpus of others.")
        )
    stored, asked = Stored.of(corpus), QueryDict(request.POST.get("query", ""))
    choice, blend = read_choice(asked, stored), read_blend(asked, stored.weights)
    if problems := [*choice.problems.values(), *blend.problems.values()]:
        raise ApplicationError(" ".join(problems))
    services.version_create(
        documents=mine.documents,
        created_by=request.user,
        rules=choice.rules,
        like=corpus,
        routes=choice.routes,
        always_keep=[*choice.marks.doc_ids],
        always_keep_sources=[*choice.marks.sources],
        weights=blend.weights,
        tokenizer=_tokenizer(request),
        redact=request.POST.getlist("redact") if "redacts" in request.POST else None,
        title=request.POST.get("title", "") or str(corpus),
        idempotency_key=request.POST.get("key", ""),
    )
    messages.success(request, _("The new version is being made; it stands here when it is done."))
    return redirect("corpora:list", corpus.project_id)


def rules_of_set(request: UserRequest, project_id: uuid.UUID) -> dict[str, Any]:
    """Rules and routes of the saved set that a form names; nothing where it names none."""
    chosen = request.POST.get("rule_set", "")
    if not chosen:
        return {}
    kept = load_for(request.user, RuleSet, _uuid(chosen))
    if kept.project_id != project_id:
        raise Http404
    rules = Rules.read(kept.text)
    return {"rules": rules.rules.model_dump(mode="json"), "routes": rules.routes}


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _tokenizer(request: UserRequest) -> Artifact | None:
    """The tokenizer that the form names; Http404 when there is none that one may see."""
    chosen = request.POST.get("tokenizer", "")
    if not chosen:
        return None
    return require_kind(load_for(request.user, Artifact, _uuid(chosen)), TOKENIZER)
