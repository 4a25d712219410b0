"""REST: benchmarks, evaluations and their items; the verbs of the same names make new ones."""

from __future__ import annotations

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.evaluations import selectors, services
from webapp.evaluations.forms import ItemsForm
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut
from webapp.projects.models import Project

_MOST = 200
_PAGE = OpenApiParameter("page", int, default=1)
_SET = OpenApiParameter("set", str, description="Items of this set only.")
_OUTCOME = OpenApiParameter("outcome", str, enum=["right", "wrong"])


class Benchmarks(APIView):
    """Benchmarks of a project."""

    @extend_schema(operation_id="benchmarks_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """The newest 200, with sets and numbers of items."""
        project = load_for(request.user, Project, project_id)
        return Response(ArtifactOut(selectors.benchmarks_of(project), many=True).data)


class BenchmarkDetail(APIView):
    """One benchmark."""

    @extend_schema(
        operation_id="benchmarks_read", parameters=[_PAGE], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, benchmark_id: uuid.UUID) -> Response:
        """Its counts, and a page of items with the right answers."""
        found = require_kind(load_for(request.user, Artifact, benchmark_id), selectors.BENCHMARK)
        asked = ItemsForm(request.query_params).asked()
        items = services.benchmark_items(benchmark=found, page=asked["page"])
        return Response({**ArtifactOut(found).data, **items})


class Evaluations(APIView):
    """Evaluations of a project."""

    @extend_schema(operation_id="evaluations_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """The newest 200; ``counts.sets`` has the accuracies."""
        project = load_for(request.user, Project, project_id)
        rows = Artifact.objects.filter(project=project, kind=selectors.EVALUATION)
        return Response(ArtifactOut(rows.order_by("-created_at")[:_MOST], many=True).data)


class EvaluationDetail(APIView):
    """One evaluation."""

    @extend_schema(operation_id="evaluations_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, evaluation_id: uuid.UUID) -> Response:
        """Results by set and category, recall, contamination; null where they are gone."""
        found = _evaluation(request, evaluation_id)
        results = selectors.evaluation_info(found)
        return Response({**ArtifactOut(found).data, "results": results})


class EvaluationItems(APIView):
    """Items as a model judged them."""

    @extend_schema(
        operation_id="evaluations_items",
        parameters=[_SET, _OUTCOME, _PAGE],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, evaluation_id: uuid.UUID) -> Response:
        """Ten items with the log-likelihoods of their choices."""
        asked = ItemsForm(request.query_params).asked()
        found = _evaluation(request, evaluation_id)
        return Response(services.evaluation_items(evaluation=found, **asked))


def _evaluation(request: Request, evaluation_id: uuid.UUID) -> Artifact:
    return require_kind(load_for(request.user, Artifact, evaluation_id), selectors.EVALUATION)
