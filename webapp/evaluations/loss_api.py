"""REST: losses of documents and of their tokens; the verb ``losses`` makes new ones."""

from __future__ import annotations

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.evaluations import loss_pages, selectors, services
from webapp.evaluations.forms import DocumentForm, LossesForm
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut
from webapp.projects.models import Project

_ORDER = OpenApiParameter("order", str, enum=[key for key, _ in loss_pages.ORDERS])
_SOURCE = OpenApiParameter("source", str, description="Documents of this source only.")
_PAGE = OpenApiParameter("page", int, default=1)
_OFFSET = OpenApiParameter("offset", int, default=0, description="First token.")


class LossesList(APIView):
    """Losses that were measured in a project."""

    @extend_schema(operation_id="losses_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """The newest 100."""
        project = load_for(request.user, Project, project_id)
        found = [row for row, _ in loss_pages.losses_of(project)]
        return Response(ArtifactOut(found, many=True).data)


class LossesDetail(APIView):
    """One measurement."""

    @extend_schema(
        operation_id="losses_read",
        parameters=[_ORDER, _SOURCE, _PAGE],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, losses_id: uuid.UUID) -> Response:
        """Means by source and spreads, and a page of documents in the order asked for."""
        found = _losses(request, losses_id)
        asked = LossesForm(request.query_params).asked()
        documents = services.documents_by_loss(losses=found, **asked)
        results = loss_pages.info_of(found)
        return Response({**ArtifactOut(found).data, "results": results, **documents})


class LossesDocument(APIView):
    """One document."""

    @extend_schema(
        operation_id="losses_document", parameters=[_OFFSET], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, losses_id: uuid.UUID, document: int) -> Response:
        """Its tokens with their losses, some 1,500 at a time."""
        found, offset = _losses(request, losses_id), DocumentForm(request.query_params).offset()
        return Response(services.document_losses(losses=found, document=document, offset=offset))


def _losses(request: Request, losses_id: uuid.UUID) -> Artifact:
    return require_kind(load_for(request.user, Artifact, losses_id), selectors.LOSSES)
