"""REST: comparisons of tokenizers, and a text as they cut it."""

from __future__ import annotations

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.specs.compare_tokenizers import MAX_TOKENIZERS
from webapp.core.access import load_for
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut, JobOut
from webapp.projects.models import Project
from webapp.tokenizers import compared, comparing


class ComparisonIn(serializers.Serializer):
    """Which tokenizers (or models that hold one), on which corpus version."""

    corpus = serializers.UUIDField()
    tokenizers = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MAX_TOKENIZERS
    )
    max_bytes = serializers.IntegerField(min_value=1_000, max_value=100_000_000_000, default=None)
    idempotency_key = serializers.CharField(max_length=40, allow_blank=True, default="")


class CutIn(serializers.Serializer):
    """A text, and who cuts it."""

    tokenizer = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=comparing.MAX_CUT
    )
    text = serializers.CharField(max_length=comparing.MAX_CHARS, trim_whitespace=False)


class Comparisons(APIView):
    """The comparisons of a project."""

    @extend_schema(operation_id="tokenizer_comparisons_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List the newest 200."""
        project = load_for(request.user, Project, project_id)
        rows = comparing.comparisons_of(project).prefetch_related("sources")
        return Response(ArtifactOut(rows[: comparing.NUM_SHOWN], many=True).data)

    @extend_schema(
        operation_id="tokenizer_comparisons_create", request=ComparisonIn, responses={201: JobOut}
    )
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Start the job that compares (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = ComparisonIn(data=request.data)
        data.is_valid(raise_exception=True)
        job = comparing.compare_ask(project=project, created_by=request.user, **data.validated_data)
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)


class ComparisonDetail(APIView):
    """One comparison."""

    @extend_schema(operation_id="tokenizer_comparisons_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, comparison_id: uuid.UUID) -> Response:
        """Every figure that it found."""
        artifact = require_kind(load_for(request.user, Artifact, comparison_id), comparing.KIND)
        found = compared.comparison_of(artifact)
        if found is None:
            message = "The folder of this comparison is damaged; compare again."
            raise ApplicationError(message, status_code=status.HTTP_409_CONFLICT)
        return Response(found.data)


class CutText(APIView):
    """A text as tokenizers cut it."""

    @extend_schema(operation_id="tokenizers_cut", parameters=[CutIn], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """Pieces with their ids, by tokenizer; name one several times for several."""
        project = load_for(request.user, Project, project_id)
        data = CutIn(data=request.query_params)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        return Response(
            comparing.cut_text(project=project, tokenizers=asked["tokenizer"], text=asked["text"])
        )
