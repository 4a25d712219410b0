"""REST: the documents of a version that hold a phrase."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.corpus.search.phrase import MAX_CHARACTERS
from training.specs.search import Among
from webapp.core.access import load_for
from webapp.corpora.versions import selectors
from webapp.corpora.versions.searching import PAGE_SIZE, Wanted, ask_search
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind

_MAX_PAGE = 50


class SearchIn(serializers.Serializer):
    """A phrase; white space in it matches any run of white space."""

    phrase = serializers.CharField(max_length=MAX_CHARACTERS)
    ignore_case = serializers.BooleanField(default=False)
    among = serializers.ChoiceField([*Among], default=Among.KEPT)
    first = serializers.IntegerField(
        min_value=0, max_value=1 << 40, default=0, help_text="``next`` of the page before."
    )
    limit = serializers.IntegerField(min_value=1, max_value=_MAX_PAGE, default=PAGE_SIZE)


class HitOut(serializers.Serializer):
    """Characters ``start`` to ``stop`` of the document, and what stands around them."""

    start = serializers.IntegerField()
    stop = serializers.IntegerField()
    line = serializers.IntegerField(help_text="Of the document's text, from 1.")
    before = serializers.CharField()
    match = serializers.CharField()
    after = serializers.CharField()
    is_cut_before = serializers.BooleanField()
    is_cut_after = serializers.BooleanField()


class SearchedDocumentOut(serializers.Serializer):
    """A document with its first hits; ``num_hits`` counts all."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    language = serializers.CharField()
    origin = serializers.DictField()
    is_kept = serializers.BooleanField()
    num_hits = serializers.IntegerField()
    hits = HitOut(many=True)


class SearchOut(serializers.Serializer):
    """A page; counts are of documents from ``first`` to ``searched``, of ``total`` in all."""

    phrase = serializers.CharField()
    documents = SearchedDocumentOut(many=True)
    num_documents = serializers.IntegerField()
    num_hits = serializers.IntegerField()
    searched = serializers.IntegerField()
    total = serializers.IntegerField()
    is_complete = serializers.BooleanField()
    has_index = serializers.BooleanField()
    next = serializers.IntegerField(allow_null=True)


class CorpusSearch(APIView):
    """A phrase in a version."""

    @extend_schema(operation_id="corpora_search", responses=SearchOut, parameters=[SearchIn])
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """Documents that hold the phrase, a page at a time, with source, origin and context."""
        corpus = require_kind(load_for(request.user, Artifact, corpus_id), selectors.KIND)
        query = SearchIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        data = dict(query.validated_data)
        limit = data.pop("limit")
        wanted = Wanted(**{**data, "among": Among(data["among"])})
        return Response(ask_search(corpus, wanted, limit=limit))
