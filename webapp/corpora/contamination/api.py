"""REST: searches for evaluation sets, what they found by set, and the hits."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.corpora.contamination import selectors, services
from webapp.corpora.contamination.forms import HitsForm
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut
from webapp.projects.models import Project

MAX_LISTED = 200

_SET = OpenApiParameter("set", str, description="Hits of this set only.")
_ITEM = OpenApiParameter("item", int, description="Hits of this item only: its number.")
_PAGE = OpenApiParameter("page", int, default=1)


class EvaluationSetOut(serializers.Serializer):
    """One set: how many of its items stand in documents, at all, by half, nearly whole."""

    name = serializers.CharField()
    items = serializers.IntegerField()
    searched = serializers.IntegerField()
    too_short = serializers.IntegerField()
    template = serializers.IntegerField()
    contaminated = serializers.IntegerField()
    contaminated_half = serializers.IntegerField()
    contaminated_most = serializers.IntegerField()
    documents = serializers.IntegerField()
    left_out = serializers.ListField(
        child=serializers.ListField(), help_text="(reason, the first items left out for it)."
    )


class ContaminationOut(ArtifactOut):
    """A search with its choices and what it found by set."""

    ngram_words = serializers.IntegerField()
    least_words = serializers.IntegerField()
    sets = EvaluationSetOut(many=True)
    faults = serializers.ListField(child=serializers.CharField())

    class Meta(ArtifactOut.Meta):
        """As any artifact, and what a search has beside that."""

        fields = [*ArtifactOut.Meta.fields, "ngram_words", "least_words", "sets", "faults"]


class ExcerptOut(serializers.Serializer):
    """A part of a text, personal data masked; ``places`` are (start, stop) in it."""

    excerpt = serializers.CharField()
    start = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    places = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class EvaluationHitOut(serializers.Serializer):
    """One item in one document; shares are of words."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    origin = serializers.DictField(allow_null=True)
    set = serializers.CharField()
    item_id = serializers.CharField()
    item = serializers.IntegerField()
    file = serializers.CharField()
    line = serializers.IntegerField()
    num_words = serializers.IntegerField()
    ngram_words = serializers.IntegerField()
    num_ngrams = serializers.IntegerField()
    longest_words = serializers.IntegerField()
    item_share = serializers.FloatField()
    document_share = serializers.FloatField()
    item_text = ExcerptOut()
    document_text = ExcerptOut(allow_null=True)


class HitsOut(serializers.Serializer):
    """A page of hits; ``trouble`` says why the texts of documents are missing."""

    num_hits = serializers.IntegerField()
    num_documents = serializers.IntegerField()
    trouble = serializers.CharField(allow_blank=True)
    hits = EvaluationHitOut(many=True)


class Contaminations(APIView):
    """Searches for evaluation sets of a project."""

    @extend_schema(operation_id="contamination_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """The newest 200. A new one is a job of the verb ``decontaminate``."""
        project = load_for(request.user, Project, project_id)
        newest = selectors.searches_in(project)[:MAX_LISTED]
        return Response(ArtifactOut(newest, many=True).data)


class ContaminationDetail(APIView):
    """One search."""

    @extend_schema(operation_id="contamination_read", responses=ContaminationOut)
    def get(self, request: Request, contamination_id: uuid.UUID) -> Response:
        """Contaminated items by set, and what of the files was left out."""
        search = _search(request, contamination_id)
        found = selectors.found_by(search)
        data: dict[str, Any] = {
            **ArtifactOut(search).data,
            "ngram_words": found.info.get("ngram_words"),
            "least_words": found.info.get("least_words"),
            "sets": EvaluationSetOut(found.sets, many=True).data,
            "faults": [
                f"{file.name} {file.refused}." if file.refused else f"{file.name}: {told}."
                for file in found.faulty
                if (told := file.faults_told()) or file.refused
            ],
        }
        return Response(data)


class ContaminationHits(APIView):
    """Items in documents."""

    @extend_schema(
        operation_id="contamination_hits", responses=HitsOut, parameters=[_SET, _ITEM, _PAGE]
    )
    def get(self, request: Request, contamination_id: uuid.UUID) -> Response:
        """A page of hits, the largest share of an item first."""
        search = _search(request, contamination_id)
        asked = HitsForm(request.query_params).asked()
        return Response(services.hits_page(search=search, **asked))


def _search(request: Request, contamination_id: uuid.UUID) -> Artifact:
    return require_kind(load_for(request.user, Artifact, contamination_id), selectors.KIND)
