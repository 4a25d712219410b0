"""REST: uploads in chunks. The chunks themselves are received by `uploading`."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.corpora import deletion, selectors, services
from webapp.corpora.models import Upload
from webapp.corpora.serializers import UploadIn, UploadOut
from webapp.projects.models import Project

_IS = OpenApiParameter("state", str, enum=["unfinished", "finished"], default="unfinished")


class Uploads(APIView):
    """The uploads of a project."""

    @extend_schema(operation_id="uploads_list", responses=UploadOut(many=True), parameters=[_IS])
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List those of which parts are missing, or those that are finished; newest first."""
        project = load_for(request.user, Project, project_id)
        is_finished = request.query_params.get("state") == "finished"
        found = selectors.finished_of if is_finished else selectors.unfinished_of
        return Response(UploadOut(found(project), many=True).data)

    @extend_schema(operation_id="uploads_start", request=UploadIn, responses={201: UploadOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Begin one, or find an interrupted one by its files (editors).

        A file that is named twice is expected once.
        """
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

    @extend_schema(operation_id="uploads_delete", responses={204: None})
    def delete(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Take away what has arrived; 409 names what was made from a finished one (editors)."""
        upload = load_for(request.user, Upload, upload_id, Role.EDITOR)
        deletion.upload_delete(upload=upload)
        return Response(status=status.HTTP_204_NO_CONTENT)
