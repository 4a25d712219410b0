"""REST: classifiers of a project, and one with its evaluation."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.corpora.classifiers import selectors
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut
from webapp.projects.models import Project


class ClassifierOut(ArtifactOut):
    """A classifier with the evaluation of the rows held out, as ``evaluation.json`` has it."""

    evaluation = serializers.DictField()

    class Meta(ArtifactOut.Meta):
        """As any artifact, and the evaluation."""

        fields = [*ArtifactOut.Meta.fields, "evaluation"]


class Classifiers(APIView):
    """Classifiers of a project."""

    @extend_schema(operation_id="classifier_list", responses=ArtifactOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """The newest 200. A new one is a job of the verb ``fit_classifier``."""
        project = load_for(request.user, Project, project_id)
        return Response(ArtifactOut(selectors.classifiers_of(project), many=True).data)


class ClassifierDetail(APIView):
    """One classifier."""

    @extend_schema(operation_id="classifier_read", responses=ClassifierOut)
    def get(self, request: Request, classifier_id: uuid.UUID) -> Response:
        """With its evaluation."""
        found = require_kind(load_for(request.user, Artifact, classifier_id), selectors.KIND)
        told = selectors.evaluation_of(found).told
        return Response({**ArtifactOut(found).data, "evaluation": told})
