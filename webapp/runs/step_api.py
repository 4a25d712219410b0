"""REST: what a run read at a step."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.tokens.reading import MAX_ROWS, MAX_WHOLE_CHARS
from webapp.builder.batch_answer import BatchOut
from webapp.core.access import load_for
from webapp.jobs.models import Job
from webapp.runs.steps import drawn_batch, read_rows


class StepIn(serializers.Serializer):
    """Which rows of the step."""

    first_row = serializers.IntegerField(min_value=0, max_value=1 << 40, default=0)
    num_rows = serializers.IntegerField(min_value=1, max_value=MAX_ROWS, default=MAX_ROWS)
    is_whole = serializers.BooleanField(
        default=False,
        help_text=f"One row, its texts whole (up to {MAX_WHOLE_CHARS:,} characters).",
    )


class OriginOut(serializers.Serializer):
    """Where a document stood; ``documents`` is the id of the artifact."""

    file = serializers.CharField(allow_null=True)
    page = serializers.IntegerField(allow_null=True)
    line = serializers.IntegerField(allow_null=True)
    offset = serializers.IntegerField(allow_null=True)
    documents = serializers.UUIDField(allow_null=True)


class SpanOut(serializers.Serializer):
    """Consecutive tokens of one document, and their text."""

    document = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    origin = OriginOut(allow_null=True)
    start = serializers.IntegerField()
    num_tokens = serializers.IntegerField()
    document_tokens = serializers.IntegerField()
    text = serializers.CharField()
    pieces = serializers.ListField(
        child=serializers.ListField(),
        allow_null=True,
        default=None,
        help_text="Of examples: the text as [piece, whether its tokens carried loss].",
    )
    is_cut = serializers.BooleanField()


class RowOut(serializers.Serializer):
    """One row of the batch."""

    row = serializers.IntegerField()
    spans = SpanOut(many=True)


class StepOut(serializers.Serializer):
    """The rows of one optimizer step."""

    step = serializers.IntegerField()
    num_steps = serializers.IntegerField()
    num_rows = serializers.IntegerField()
    num_documents = serializers.IntegerField()
    num_loss_tokens = serializers.IntegerField(
        allow_null=True, default=None, help_text="Targets of the step; null: every token is one."
    )
    sequence_length = serializers.IntegerField()
    first_row = serializers.IntegerField()
    rows = RowOut(many=True)


class Step(APIView):
    """One optimizer step."""

    @extend_schema(operation_id="runs_step", responses=StepOut, parameters=[StepIn])
    def get(self, request: Request, job_id: uuid.UUID, step: int) -> Response:
        """Read the rows that it was trained on: documents, text, file, page and line."""
        job = load_for(request.user, Job, job_id)
        query = StepIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(StepOut(read_rows(job, min(step, 1 << 40), **query.validated_data)).data)


class BatchIn(serializers.Serializer):
    """Which rows of the batch."""

    first_row = serializers.IntegerField(min_value=0, max_value=1 << 40, default=0)
    num_rows = serializers.IntegerField(min_value=1, max_value=16, default=8)


class Batch(APIView):
    """The batch of one optimizer step, drawn."""

    @extend_schema(operation_id="runs_batch", responses=BatchOut, parameters=[BatchIn])
    def get(self, request: Request, job_id: uuid.UUID, step: int) -> Response:
        """Documents, padding and targets of its rows, and how full they are."""
        job = load_for(request.user, Job, job_id)
        query = BatchIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        drawn = drawn_batch(job, min(step, 1 << 40), **query.validated_data)
        return Response(BatchOut(drawn).data)
