"""REST: task sets, their rows, and previews."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import JobOut
from webapp.projects.models import Project
from webapp.tasksets import selectors, services
from webapp.tasksets.serializers import PreviewIn, RowsIn, TaskSetIn, TaskSetOut, TokensIn


class TaskSets(APIView):
    """The task sets of a project."""

    @extend_schema(operation_id="task_sets_list", responses=TaskSetOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them, newest first."""
        project = load_for(request.user, Project, project_id)
        return Response(TaskSetOut(selectors.task_sets_of(project)[:200], many=True).data)

    @extend_schema(operation_id="task_sets_create", request=TaskSetIn, responses={201: JobOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Start the job that makes one (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = _valid(TaskSetIn, request.data)
        job = services.task_set_create(project=project, created_by=request.user, **data)
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)


class TaskSetPreview(APIView):
    """Rows of an upload before a set is made of them."""

    @extend_schema(
        operation_id="task_sets_preview", request=PreviewIn, responses=OpenApiTypes.OBJECT
    )
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """The first rows as they would be read, with the errors of others (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = _valid(PreviewIn, request.data)
        upload = selectors.uploads_of(project).filter(pk=data.pop("upload")).first()
        if upload is None:
            raise Http404
        return Response(services.rows_preview(upload=upload, **data))


class TaskSetDetail(APIView):
    """One task set."""

    @extend_schema(operation_id="task_sets_read", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, tasks_id: uuid.UUID) -> Response:
        """Counts, shape, files with their errors, findings and lengths."""
        tasks = _load(request, tasks_id)
        page = selectors.task_set_page(tasks)
        found = {
            "splits": {name: rows for name, _, rows in page.splits},
            "shape": page.info.get("shape", ""),
            "columns": page.info.get("columns", {}),
            "files": page.files,
            "findings": [{**one, "title": str(one["title"])} for one in page.findings],
            "labels": dict(page.labels),
            "turns": dict(page.turns),
        }
        return Response(TaskSetOut(tasks).data | found)


class TaskSetRows(APIView):
    """Rows of a set."""

    @extend_schema(
        operation_id="task_sets_rows", parameters=[RowsIn], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, tasks_id: uuid.UUID) -> Response:
        """Some rows of one split, with file and line."""
        tasks = _load(request, tasks_id)
        return Response(services.split_rows(tasks=tasks, **_valid(RowsIn, request.query_params)))


class TaskSetTokens(APIView):
    """Rows of a set as tokens."""

    @extend_schema(
        operation_id="task_sets_tokens", parameters=[TokensIn], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, tasks_id: uuid.UUID) -> Response:
        """Tokens of some rows, each with its id and whether it carries loss."""
        tasks = _load(request, tasks_id)
        data = _valid(TokensIn, request.query_params)
        return Response(services.tokens_preview(tasks=tasks, **data))


def _load(request: Request, tasks_id: uuid.UUID) -> Artifact:
    return require_kind(load_for(request.user, Artifact, tasks_id), selectors.KIND)


def _valid(shape: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    checked = shape(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
