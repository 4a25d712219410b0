"""REST: uploads in chunks. The chunks themselves are received by `uploading`."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.corpora import selectors, services
from webapp.corpora.models import Upload
from webapp.corpora.serializers import UploadIn, UploadOut
from webapp.projects.models import Project


class Uploads(APIView):
    """The uploads of a project that are under way."""

    @extend_schema(operation_id="uploads_list", responses=UploadOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List those of which parts are missing."""
        project = load_for(request.user, Project, project_id)
        return Response(UploadOut(selectors.unfinished_of(project), many=True).data)

    @extend_schema(operation_id="uploads_start", request=UploadIn, responses={201: UploadOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Begin one, or find an interrupted one by its files (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = UploadIn(data=request.data)
        data.is_valid(raise_exception=True)
        upload = services.upload_start(
            project=project,
            created_by=request.user,
            files=data.identities(),
            title=data.validated_data["title"],
        )
        return Response(UploadOut(upload).data, status=status.HTTP_201_CREATED)


class UploadDetail(APIView):
    """One upload."""

    @extend_schema(operation_id="uploads_read", responses=UploadOut)
    def get(self, request: Request, upload_id: uuid.UUID) -> Response:
        """How far it is."""
        return Response(UploadOut(load_for(request.user, Upload, upload_id)).data)

    @extend_schema(operation_id="uploads_cancel", responses={204: None})
    def delete(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Take away what has arrived (editors)."""
        upload = load_for(request.user, Upload, upload_id, Role.EDITOR)
        services.upload_cancel(upload=upload)
        return Response(status=status.HTTP_204_NO_CONTENT)
