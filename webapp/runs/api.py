"""REST: runs with their numbers, and the live feed for those who cannot use a websocket."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job
from webapp.projects.models import Project
from webapp.runs import selectors
from webapp.runs.forms import TEXT_KINDS
from webapp.runs.live.messages import DEFAULT_BUCKETS, MAX_BUCKETS
from webapp.runs.live.polling import poll
from webapp.runs.small import MAX_PROCESSES, small_run_start

MAX_LISTED = 200


class PointOut(serializers.Serializer):
    """One record of a metric series; NaN and infinities as text."""

    step = serializers.IntegerField()
    value = serializers.CharField()


class RunOut(serializers.Serializer):
    """A training job with what its folder says."""

    id = serializers.UUIDField(source="job.pk")
    title = serializers.CharField(source="job.title")
    state = serializers.CharField(source="job.state")
    reason = serializers.CharField(source="job.reason")
    advice = serializers.CharField(source="job.advice")
    created_at = serializers.DateTimeField(source="job.created_at")
    started_at = serializers.DateTimeField(source="job.started_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="job.ended_at", allow_null=True)
    done = serializers.FloatField(source="progress.done", default=None, allow_null=True)
    total = serializers.FloatField(source="progress.total", default=None, allow_null=True)
    unit = serializers.CharField(source="progress.unit", default="", allow_blank=True)
    num_tokens = serializers.IntegerField(
        source="progress.num_tokens", default=None, allow_null=True
    )
    eta_seconds = serializers.FloatField(
        source="progress.eta_seconds", default=None, allow_null=True
    )
    training_loss = PointOut(source="loss", allow_null=True)
    best_validation_loss = PointOut(source="best", allow_null=True)


class LiveOut(serializers.Serializer):
    """Messages as over the websocket: at most one snapshot, then one delta."""

    messages = serializers.ListField(child=serializers.DictField())


class Runs(APIView):
    """The runs of a project."""

    @extend_schema(
        operation_id="runs_list",
        responses=RunOut(many=True),
        parameters=[
            OpenApiParameter("state", enum=[*selectors.FILTERS], description="Only these.")
        ],
    )
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List the newest 200."""
        project = load_for(request.user, Project, project_id)
        chosen = request.query_params.get("state", "")
        rows = selectors.run_rows(list(selectors.runs_of(project, chosen=chosen)[:MAX_LISTED]))
        return Response(RunOut(rows, many=True).data)


class RunDetail(APIView):
    """One run."""

    @extend_schema(operation_id="runs_read", responses=RunOut)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Read it."""
        job = load_for(request.user, Job, job_id)
        return Response(RunOut(selectors.run_rows([job])[0]).data)


class SmallRunIn(serializers.Serializer):
    """Everything may be left out: then Python's own text is taken."""

    artifact = serializers.UUIDField(required=False, allow_null=True, default=None)
    num_processes = serializers.IntegerField(min_value=0, max_value=MAX_PROCESSES, default=0)
    idempotency_key = serializers.CharField(max_length=40, allow_blank=True, default="")


class SmallRun(APIView):
    """The one-button run."""

    @extend_schema(operation_id="runs_small", request=SmallRunIn, responses={201: RunOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Start a chain from text to report; the answer is its training job (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = SmallRunIn(data=request.data)
        data.is_valid(raise_exception=True)
        chosen = dict(data.validated_data)
        artifact_id = chosen.pop("artifact")
        if artifact_id:
            chosen["artifact"] = _text(request, project, artifact_id)
        job = small_run_start(project=project, created_by=request.user, **chosen)
        body = RunOut(selectors.run_rows([job])[0]).data
        return Response(body, status=status.HTTP_201_CREATED)


class LiveIn(serializers.Serializer):
    """Where the client stands, and what it wants; everything may be left out."""

    cursors = serializers.CharField(
        default="", allow_blank=True, help_text="A position, as JSON: the “to” of the last message."
    )
    series = serializers.CharField(
        default="", allow_blank=True, help_text="Names, with commas; all when left out."
    )
    buckets = serializers.IntegerField(
        min_value=0, max_value=MAX_BUCKETS, default=DEFAULT_BUCKETS, help_text="0: records only."
    )


class Live(APIView):
    """What is new about a job since a position; the websocket's messages by polling."""

    @extend_schema(operation_id="jobs_live", responses=LiveOut, parameters=[LiveIn])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Read on from the position."""
        job = load_for(request.user, Job, job_id)
        query = LiveIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        messages = poll(
            job,
            _json(wanted["cursors"]),
            series=frozenset(wanted["series"].split(",")) if wanted["series"] else None,
            buckets=wanted["buckets"],
        )
        return Response({"messages": messages})


def _text(request: Request, project: Project, artifact_id: uuid.UUID) -> Artifact:
    """An artifact of this project that holds text."""
    artifact = load_for(request.user, Artifact, artifact_id)
    if artifact.project_id != project.pk or artifact.kind not in TEXT_KINDS:
        message = _("This is no text of this project; accepted kinds: %(kinds)s.")
        message %= {"kinds": ", ".join(TEXT_KINDS)}
        raise ApplicationError(message, fields={"artifact": [message]})
    return artifact


def _json(text: str) -> Any:
    """The position; ApplicationError for what is no JSON (a deep one included)."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        message = _("cursors is no JSON; send back the “to” of the last message.")
        raise ApplicationError(message, fields={"cursors": [message]}) from error
