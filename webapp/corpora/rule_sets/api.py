"""REST: rule sets of a project, as YAML."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.specs.rule_sets import MOST_CHARACTERS
from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.corpora.models import RuleSet
from webapp.corpora.rule_sets import services
from webapp.projects.models import Project


class RuleSetOut(serializers.Serializer):
    """A set; ``yaml`` is what ``clean`` takes as rules and routes."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    yaml = serializers.CharField(source="text")
    created_at = serializers.DateTimeField()


class RuleSetIn(serializers.Serializer):
    """A new set."""

    name = serializers.CharField(max_length=80)
    yaml = serializers.CharField(max_length=MOST_CHARACTERS, trim_whitespace=False)


class RuleSets(APIView):
    """The sets of a project."""

    @extend_schema(operation_id="rule_sets_list", responses=RuleSetOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them by name."""
        project = load_for(request.user, Project, project_id)
        return Response(RuleSetOut(project.rule_sets.all(), many=True).data)

    @extend_schema(operation_id="rule_sets_create", request=RuleSetIn, responses={201: RuleSetOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Save one under a new name (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = RuleSetIn(data=request.data)
        data.is_valid(raise_exception=True)
        kept = services.rule_set_create(
            project=project,
            created_by=request.user,
            name=data.validated_data["name"],
            text=data.validated_data["yaml"],
        )
        return Response(RuleSetOut(kept).data, status=status.HTTP_201_CREATED)


class RuleSetDetail(APIView):
    """One set."""

    @extend_schema(operation_id="rule_sets_read", responses=RuleSetOut)
    def get(self, request: Request, set_id: uuid.UUID) -> Response:
        """Its text."""
        return Response(RuleSetOut(load_for(request.user, RuleSet, set_id)).data)

    @extend_schema(operation_id="rule_sets_delete", responses={204: None})
    def delete(self, request: Request, set_id: uuid.UUID) -> Response:
        """Forget it; versions made by it stay (editors)."""
        load_for(request.user, RuleSet, set_id, Role.EDITOR).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
