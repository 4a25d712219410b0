"""REST: ablations and their verdicts."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.specs.ablation import Match
from webapp.ablations.asking import Asked
from webapp.ablations.selectors import AblationPage, ablations_of
from webapp.ablations.services import ablation_start
from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import GroupKind, JobGroup
from webapp.projects.models import Project


class AblationIn(serializers.Serializer):
    """A question by name, or ``own`` with a field and a value."""

    question = serializers.CharField(max_length=60)
    run = serializers.UUIDField(required=False, help_text="A training job to start from.")
    tokens = serializers.UUIDField(required=False, help_text="Else tokens, and a size.")
    size = serializers.CharField(default="llama-tiny", max_length=60)
    num_steps = serializers.IntegerField(default=0, min_value=0, max_value=100_000_000)
    num_seeds = serializers.IntegerField(default=3, min_value=1, max_value=20)
    match = serializers.ChoiceField(choices=[str(one) for one in Match], default="auto")
    field = serializers.CharField(default="", allow_blank=True, max_length=120)
    value = serializers.CharField(default="", allow_blank=True, max_length=200)
    benchmark = serializers.UUIDField(required=False, help_text="For few-shot accuracy.")
    idempotency_key = serializers.CharField(default="", allow_blank=True, max_length=40)


class AblationOut(serializers.Serializer):
    """A group of runs and their verdict job."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    created_at = serializers.DateTimeField()
    num_runs = serializers.IntegerField()
    num_finished = serializers.IntegerField()


class VerdictOut(serializers.Serializer):
    """The verdict as the folders of the runs are now; ``verdict`` is that of verdict.json."""

    id = serializers.UUIDField()
    runs = serializers.ListField(child=serializers.UUIDField())
    verdict = serializers.DictField(allow_null=True)


class Ablations(APIView):
    """Ablations of a project."""

    @extend_schema(operation_id="ablations_list", responses=AblationOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List the newest 200."""
        project = load_for(request.user, Project, project_id)
        return Response(AblationOut(ablations_of(project)[:200], many=True).data)

    @extend_schema(operation_id="ablations_start", request=AblationIn, responses={201: AblationOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Queue all runs of a question and its verdict (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = AblationIn(data=request.data)
        data.is_valid(raise_exception=True)
        asked: dict[str, Any] = {
            name: str(value) if isinstance(value, uuid.UUID) else value
            for name, value in data.validated_data.items()
        }
        key = asked.pop("idempotency_key")
        group = ablation_start(
            project=project, created_by=request.user, asked=Asked(**asked), idempotency_key=key
        )
        made = ablations_of(project).get(pk=group.pk)
        return Response(AblationOut(made).data, status=status.HTTP_201_CREATED)


class AblationVerdict(APIView):
    """One ablation."""

    @extend_schema(operation_id="ablations_verdict", responses=VerdictOut)
    def get(self, request: Request, group_id: uuid.UUID) -> Response:
        """Read its verdict as the runs are now."""
        group = load_for(request.user, JobGroup, group_id)
        if group.kind != GroupKind.ABLATION:
            raise Http404
        page = AblationPage(group)
        body = {
            "id": group.pk,
            "runs": [job.pk for job in page.runs],
            "verdict": page.verdict.as_dict() if page.verdict else None,
        }
        return Response(VerdictOut(body).data)
