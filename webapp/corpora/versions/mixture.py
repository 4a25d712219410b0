"""The mixture of a version: pages and REST. Weights are tried in the address, then saved."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for, open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.corpora.versions import selectors
from webapp.corpora.versions.asking import version_folder
from webapp.corpora.versions.blending import USUAL, Blend, parts_of, read_blend
from webapp.corpora.versions.choice import Choice, read_choice
from webapp.corpora.versions.stored import Stored
from webapp.corpora.versions.tokens import estimate_of, tokenizers_of, with_tokens
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind

_BUDGET = OpenApiParameter("budget", str, description="Tokens, such as 20B.", default="1B")


class PartOut(serializers.Serializer):
    """One source; shares are of tokens, ``usual`` is in per cent."""

    source = serializers.CharField()
    documents = serializers.IntegerField()
    num_bytes = serializers.IntegerField()
    tokens = serializers.IntegerField()
    languages = serializers.CharField()
    licences = serializers.CharField()
    usual = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    share = serializers.FloatField()
    weight = serializers.CharField()
    weighted_share = serializers.FloatField()
    epochs = serializers.FloatField()
    verdict = serializers.CharField()


class MixtureOut(serializers.Serializer):
    """All sources; ``tokens_are`` is empty where a tokenizer has counted them."""

    tokens_are = serializers.CharField()
    budget = serializers.IntegerField()
    sources = PartOut(many=True)
    num_left_out = serializers.IntegerField()


class CorpusMixture(APIView):
    """What a version is made of."""

    @extend_schema(operation_id="corpora_mixture", responses=MixtureOut, parameters=[_BUDGET])
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """Sources with shares and epochs; ``weight.SOURCE=2`` tries a weight."""
        corpus = require_kind(load_for(request.user, Artifact, corpus_id), selectors.KIND)
        stored = Stored.of(corpus)
        blend = read_blend(request.query_params, stored.weights)
        if blend.problems:
            raise ApplicationError(" ".join(blend.problems.values()))
        told = _told(corpus, read_choice(request.query_params, stored), blend)
        return Response(MixtureOut({**told, "sources": told["parts"], "budget": blend.budget}).data)


@require_safe
def mixture(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """Sources with their shares, beside those that are usual, and what weights make of them."""
    corpus = require_kind(open_for(request, Artifact, corpus_id), selectors.KIND)
    mine, _siblings = selectors.version_of(corpus)
    stored = Stored.of(corpus)
    choice, blend = read_choice(request.GET, stored), read_blend(request.GET, stored.weights)
    query = choice.query()
    context: dict[str, Any] = {
        "project": corpus.project,
        "corpus": corpus,
        "version": mine,
        "choice": choice,
        "blend": blend,
        "query": query,
        "state": [pair for pair in QueryDict(query).lists() if pair[0] != "rule"],
        "budget": blend.typed.get("budget", f"{blend.budget:,}"),
        "usual": USUAL.items(),
        "saved_query": "&".join(filter(None, (query, blend.query(stored.weights)))),
        "is_changed": choice.is_changed or blend.weights != stored.weights,
        "trouble": "",
        "parts": [],
    }
    try:
        context |= _told(corpus, choice, blend)
    except ApplicationError as error:
        context["trouble"] = error.message
    return render(request, "corpora/version_mixture.html", context)


def _told(corpus: Artifact, choice: Choice, blend: Blend) -> dict[str, Any]:
    answer = helper_call(
        "describe_mixture",
        folder=version_folder(corpus),
        named=sorted(blend.weights),
        **choice.tried,
    )
    is_counted = answer["kept"]["tokens"] is not None
    tokenizers = tokenizers_of(corpus)
    estimate = estimate_of(tokenizers)
    sources, others = with_tokens([answer["sources"], answer["left_out"]], estimate)
    return {
        "parts": parts_of(sources, blend, choice.marks.sources, others["tokens"]),
        "num_left_out": answer["num_left_out"],
        "tokens_are": "" if is_counted else estimate.origin,
        "tokenizers": tokenizers,
    }
