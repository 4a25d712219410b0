"""Clusters of duplicates of a version: pages and REST; the helper compares, nothing is stored."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.registry import RULES
from webapp.core.access import load_for, open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.corpora.versions import pages, selectors
from webapp.corpora.versions.asking import version_folder
from webapp.corpora.versions.choice import CHOOSERS, Choice, read_choice
from webapp.corpora.versions.stored import Stored
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind

PAGE_SIZE = 20

_RULE = OpenApiParameter("rule", str, enum=CHOOSERS, default=CHOOSERS[0])
_PAGE = OpenApiParameter("page", int, default=1)


class CopyOut(serializers.Serializer):
    """One copy; ``pieces`` are ("same" | "added" | "left_out", text) against the first."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    num_bytes = serializers.IntegerField()
    origin = serializers.DictField()
    is_kept = serializers.BooleanField()
    reason = serializers.CharField()
    jaccard = serializers.FloatField(allow_null=True)
    is_cut = serializers.BooleanField()
    pieces = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class ClusterOut(serializers.Serializer):
    """Documents of which one is kept; ``num_alive`` of them are left by the other rules."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    num_bytes = serializers.IntegerField()
    size = serializers.IntegerField()
    has_kept = serializers.BooleanField()
    num_alive = serializers.IntegerField()
    sources = serializers.DictField(child=serializers.IntegerField())
    excerpt = serializers.CharField()


class ClusterDetailOut(ClusterOut):
    """With a page of its members."""

    num_shown = serializers.IntegerField()
    members = CopyOut(many=True)


class ClustersOut(serializers.Serializer):
    """All clusters of a rule, a page of them."""

    num_clusters = serializers.IntegerField()
    num_documents = serializers.IntegerField()
    clusters = ClusterOut(many=True)


class Clusters(APIView):
    """What a rule on duplicates would keep one of each."""

    @extend_schema(
        operation_id="corpora_clusters", responses=ClustersOut, parameters=[_RULE, _PAGE]
    )
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """The clusters, largest first."""
        corpus = require_kind(load_for(request.user, Artifact, corpus_id), selectors.KIND)
        choice = read_choice(request.query_params, Stored.of(corpus))
        return Response(_ask(corpus, choice))


class Cluster(APIView):
    """One cluster."""

    @extend_schema(
        operation_id="corpora_cluster", responses=ClusterDetailOut, parameters=[_RULE, _PAGE]
    )
    def get(self, request: Request, corpus_id: uuid.UUID, index: int) -> Response:
        """The cluster of a document, word by word against the copy that is kept."""
        corpus = require_kind(load_for(request.user, Artifact, corpus_id), selectors.KIND)
        choice = read_choice(request.query_params, Stored.of(corpus))
        return Response(_ask(corpus, choice, index))


@require_safe
def cluster_list(request: UserRequest, corpus_id: uuid.UUID) -> HttpResponse:
    """All clusters of a rule under the rules of the address."""
    corpus, choice, context = _page(request, corpus_id)
    try:
        answer = _ask(corpus, choice)
    except ApplicationError as error:
        context["trouble"] = error.message
    else:
        context |= {
            "answer": answer,
            "rows": [{**row, "sources": _sources(row)} for row in answer["clusters"]],
            "num_pages": pages.num_pages(answer["num_clusters"], PAGE_SIZE),
        }
    return render(request, "corpora/version_clusters.html", context)


@require_safe
def cluster(request: UserRequest, corpus_id: uuid.UUID, index: int) -> HttpResponse:
    """The copies of one document side by side."""
    corpus, choice, context = _page(request, corpus_id)
    context["index"] = index
    try:
        answer = _ask(corpus, choice, index)
    except ApplicationError as error:
        context["trouble"] = error.message
    else:
        members = [
            {**member, "where": pages.origin_words(member["origin"])}
            for member in answer["members"]
        ]
        num_pages = pages.num_pages(answer["size"] - 1, PAGE_SIZE)
        context |= {"answer": answer, "members": members, "num_pages": num_pages}
    return render(request, "corpora/version_cluster.html", context)


def _ask(corpus: Artifact, choice: Choice, index: int | None = None) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "folder": version_folder(corpus),
        "rules": choice.rules,
        "rule": _chooser(choice),
        "offset": (choice.page - 1) * PAGE_SIZE,
    }
    if index is None:
        answer: dict[str, Any] = helper_call("list_clusters", **asked, limit=PAGE_SIZE)
    else:
        answer = helper_call("read_cluster", **asked, index=index)
    return answer


def _chooser(choice: Choice) -> str:
    """The rule of the address; else the one that is on, near duplicates first."""
    if choice.rule in CHOOSERS:
        return choice.rule
    return next((name for name in CHOOSERS if choice.rules[name]["is_on"]), CHOOSERS[1])


def _page(request: HttpRequest, corpus_id: uuid.UUID) -> tuple[Artifact, Choice, dict[str, Any]]:
    corpus = require_kind(open_for(request, Artifact, corpus_id), selectors.KIND)
    version, _siblings = selectors.version_of(corpus)
    choice = read_choice(request.GET, Stored.of(corpus))
    choice.rule = _chooser(choice)
    page, choice.page = choice.page, 1
    query, choice.page = choice.query(), page
    context: dict[str, Any] = {
        "project": corpus.project,
        "corpus": corpus,
        "version": version,
        "choice": choice,
        "query": query,
        "rule_title": RULES[choice.rule].title,
        "choosers": [(name, RULES[name].title) for name in CHOOSERS],
        "previous_page": page - 1,
        "next_page": page + 1,
        "trouble": "",
        "answer": None,
    }
    return corpus, choice, context


def _sources(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in row["sources"].items())
