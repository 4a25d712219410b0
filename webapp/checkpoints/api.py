"""REST: checkpoints of a run, checks, the files of an artifact. Bytes are sent by `downloads`."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.checkpoints import selectors, services
from webapp.checkpoints.models import CheckpointCheck
from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job


class StoredFileOut(serializers.Serializer):
    """One file with its SHA-256 in hex."""

    name = serializers.CharField()
    num_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class CheckOut(serializers.ModelSerializer):
    """What a check found."""

    class Meta:
        model = CheckpointCheck
        fields = ["step", "state", "detail", "done_at"]


class CheckpointOut(serializers.Serializer):
    """One checkpoint."""

    step = serializers.IntegerField()
    validation_loss = serializers.FloatField(source="loss", allow_null=True)
    num_bytes = serializers.IntegerField()
    written_at = serializers.DateTimeField()
    is_best = serializers.BooleanField()
    is_last = serializers.BooleanField()
    files = StoredFileOut(many=True)
    check = CheckOut(allow_null=True)


class Checkpoints(APIView):
    """The checkpoints of a run."""

    @extend_schema(operation_id="checkpoints_list", responses=CheckpointOut(many=True))
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """List those that are whole, newest first."""
        job = load_for(request.user, Job, job_id)
        return Response(CheckpointOut(selectors.checkpoints_of(job), many=True).data)


class CheckpointVerify(APIView):
    """Checking one checkpoint."""

    @extend_schema(operation_id="checkpoints_verify", request=None, responses={202: CheckOut})
    def post(self, request: Request, job_id: uuid.UUID, step: int) -> Response:
        """Have every file hashed again; the list shows what was found (editors)."""
        job = load_for(request.user, Job, job_id, Role.EDITOR)
        check = services.check_ask(job=job, step=step)
        return Response(CheckOut(check).data, status=status.HTTP_202_ACCEPTED)


class ArtifactFiles(APIView):
    """The files of an artifact."""

    @extend_schema(operation_id="artifacts_files", responses=StoredFileOut(many=True))
    def get(self, request: Request, artifact_id: uuid.UUID) -> Response:
        """List them with sizes and hashes."""
        artifact = load_for(request.user, Artifact, artifact_id)
        return Response(StoredFileOut(selectors.files_of(artifact.folder), many=True).data)
