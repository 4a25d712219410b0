"""The page of what a transform job did, and the same by REST."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for, open_for
from webapp.core.requests import UserRequest
from webapp.corpora import edits
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind

_KIND = "documents"


@require_safe
def document_edits(request: UserRequest, documents_id: uuid.UUID) -> HttpResponse:
    """Counts of every transform; of one of them what it cut most often, and samples."""
    documents = require_kind(open_for(request, Artifact, documents_id), _KIND)
    report = edits.edit_report(documents)
    context: dict[str, Any] = {
        "project": documents.project,
        "documents": documents,
        "source": edits.edited_from(documents),
        "report": report,
        "chosen": None,
    }
    chosen = report.named(request.GET.get("transform", "")) if report else None
    if chosen is not None:
        pages = Paginator(chosen.samples, edits.SAMPLES_PER_PAGE)
        page = pages.get_page(request.GET.get("page"))
        context |= {
            "chosen": chosen,
            "first_pieces": chosen.frequent[: edits.FIRST_PIECES],
            "more_pieces": chosen.frequent[edits.FIRST_PIECES :],
            "page": page,
            "samples": edits.sample_rows(chosen, list(page.object_list)),
        }
    return render(request, "corpora/edits.html", context)


class EditTotalOut(serializers.Serializer):
    """Documents and bytes of text before and after."""

    documents = serializers.IntegerField()
    bytes = serializers.IntegerField()
    documents_after = serializers.IntegerField()
    bytes_after = serializers.IntegerField()
    changed = serializers.IntegerField()


class LeftOutOut(serializers.Serializer):
    """Documents that were too short afterwards; the first hundred are named."""

    documents = serializers.IntegerField()
    bytes = serializers.IntegerField()
    first = serializers.ListField(child=serializers.DictField())


class RemovedPieceOut(serializers.Serializer):
    """A piece that was cut, and how often."""

    text = serializers.CharField()
    count = serializers.IntegerField()


class EditReasonOut(serializers.Serializer):
    """Why pieces went, and how many."""

    reason = serializers.CharField()
    edits = serializers.IntegerField()


class TransformOut(serializers.Serializer):
    """What one transform did; its samples are as in the format of ``edits.json``."""

    name = serializers.CharField()
    options = serializers.DictField()
    documents = serializers.IntegerField()
    edits = serializers.IntegerField()
    bytes_removed = serializers.IntegerField()
    reasons = EditReasonOut(many=True)
    frequent = RemovedPieceOut(many=True)
    samples = serializers.ListField(child=serializers.DictField())


class EditsOut(serializers.Serializer):
    """The report; documents that no transform made have none: null and no transforms."""

    total = EditTotalOut(allow_null=True)
    left_out = LeftOutOut(allow_null=True)
    transforms = TransformOut(many=True)


class DocumentEdits(APIView):
    """What was edited in documents."""

    @extend_schema(operation_id="documents_edits", responses=EditsOut)
    def get(self, request: Request, documents_id: uuid.UUID) -> Response:
        """Counts, most frequent removed pieces, samples before and after; masked."""
        documents = require_kind(load_for(request.user, Artifact, documents_id), _KIND)
        report = edits.stored_edits(documents)
        return Response(
            EditsOut(report or {"total": None, "left_out": None, "transforms": []}).data
        )
