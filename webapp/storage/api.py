"""REST: what was made from an artifact, and deleting it with all of that."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import Artifact
from webapp.storage.selectors import doom_of, kept_ids
from webapp.storage.services import delete_with_derived

_KEEP = OpenApiParameter(
    "keep",
    str,
    many=True,
    description="Ids of jobs whose folders stay: those of tokenizers, models and reports.",
)


class DerivedJobOut(serializers.Serializer):
    """A job that would go with its folder."""

    id = serializers.UUIDField(source="job.pk")
    verb = serializers.CharField(source="job.verb")
    title = serializers.CharField(source="job.title")
    num_bytes = serializers.IntegerField()
    num_checkpoints = serializers.IntegerField()
    may_keep = serializers.BooleanField()


class DerivedOut(serializers.Serializer):
    """What deleting an artifact with everything derived would take."""

    jobs = DerivedJobOut(many=True)
    num_bytes = serializers.IntegerField()


class ArtifactDerived(APIView):
    """Everything that was made from one artifact."""

    @extend_schema(operation_id="artifacts_derived", responses=DerivedOut)
    def get(self, request: Request, artifact_id: uuid.UUID) -> Response:
        """Jobs in the order in which they were made, with their bytes on the disk."""
        return Response(DerivedOut(doom_of(load_for(request.user, Artifact, artifact_id))).data)

    @extend_schema(operation_id="artifacts_delete", responses={204: None}, parameters=[_KEEP])
    def delete(self, request: Request, artifact_id: uuid.UUID) -> Response:
        """Delete the artifact and all of that, less what is kept; 409 while some of it runs."""
        artifact = load_for(request.user, Artifact, artifact_id, Role.EDITOR)
        keep = kept_ids(request.query_params.getlist("keep"))
        delete_with_derived(artifact=artifact, keep=keep)
        return Response(status=status.HTTP_204_NO_CONTENT)
