"""REST: registered server folders, by id and relative name; the API never speaks paths."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.corpora.server_folders import folder_page, read_folder, roots
from webapp.jobs.serializers import JobOut
from webapp.projects.models import Project

_MAX_NAMES = 1_000
_ROOT = OpenApiParameter("root", str, description="Id of a registered folder; empty lists them.")
_AT = OpenApiParameter("at", str, description="Relative name of a folder below it.")


class FolderEntryOut(serializers.Serializer):
    """A file or folder below a root."""

    name = serializers.CharField()
    path = serializers.CharField(help_text="Relative to the root.")
    is_folder = serializers.BooleanField()
    num_bytes = serializers.IntegerField()
    modified = serializers.FloatField(help_text="Unix time.")


class FoldersOut(serializers.Serializer):
    """The roots, and what the folder that was asked for holds (the first 1,000 entries)."""

    roots = serializers.ListField(child=serializers.CharField())
    entries = FolderEntryOut(many=True)
    num_entries = serializers.IntegerField()
    num_left_out = serializers.IntegerField(help_text="Links, devices and hidden names.")


class FolderReadIn(serializers.Serializer):
    """What is to be read."""

    root = serializers.CharField(max_length=32)
    names = serializers.ListField(
        child=serializers.CharField(max_length=4_096, trim_whitespace=False),
        allow_empty=False,
        max_length=_MAX_NAMES,
        help_text="Files and folders, relative to the root; . is the root itself.",
    )
    title = serializers.CharField(max_length=120, allow_blank=True, default="")


class Folders(APIView):
    """Folders of the server that its administrator has registered."""

    @extend_schema(operation_id="folders_list", responses=FoldersOut, parameters=[_ROOT, _AT])
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """What lies in one; links and devices are left out and counted (editors)."""
        load_for(request.user, Project, project_id, Role.EDITOR)
        body = {"roots": [root.id for root in roots()]}
        root = request.query_params.get("root", "")
        if not root:
            return Response({**body, "entries": [], "num_entries": 0, "num_left_out": 0})
        page = asdict(folder_page(root, request.query_params.get("at", "")))
        wanted = ("entries", "num_entries", "num_left_out")
        return Response({**body, **{name: page[name] for name in wanted}})

    @extend_schema(operation_id="folders_read", request=FolderReadIn, responses={201: JobOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Make documents of files and folders where they lie; nothing is copied (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = FolderReadIn(data=request.data)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        job = read_folder(
            project=project,
            created_by=request.user,
            root_id=asked["root"],
            names=asked["names"],
            title=asked["title"],
        )
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)
