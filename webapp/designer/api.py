"""REST: what a design is, before anything runs."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.builder.api import ProblemOut
from webapp.builder.checking import Finding
from webapp.builder.values import is_shallow
from webapp.core.access import load_for
from webapp.core.errors import ApplicationError
from webapp.designer.designs import PART, PREFIX, new_design
from webapp.designer.page import DesignPage
from webapp.projects.models import Project


class DesignIn(serializers.Serializer):
    """An architecture: the fields of `model` of a training."""

    model = serializers.DictField(default=dict)


class HeadlineOut(serializers.Serializer):
    """One number and how it comes about."""

    key = serializers.CharField()
    label = serializers.CharField()
    value = serializers.CharField()
    how = serializers.CharField()
    amount = serializers.FloatField()


class DesignPartOut(serializers.Serializer):
    """Parameters and forward operations of one part."""

    label = serializers.CharField()
    parameters = serializers.IntegerField()
    flops = serializers.FloatField()


class BeginningOut(serializers.Serializer):
    """Tensors that begin alike."""

    kind = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    num_parameters = serializers.IntegerField()
    distribution = serializers.CharField()
    rule = serializers.CharField()


class DesignOut(serializers.Serializer):
    """Everything that the designer page shows; numbers are empty where it cannot be built."""

    problems = ProblemOut(many=True)
    doubts = ProblemOut(many=True)
    numbers = HeadlineOut(many=True)
    parts = DesignPartOut(many=True)
    beginnings = BeginningOut(many=True)
    words = serializers.CharField()
    diagram = serializers.CharField(help_text="SVG.")


class DescribeDesign(APIView):
    """An architecture described."""

    @extend_schema(operation_id="design_describe", request=DesignIn, responses=DesignOut)
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Count and draw an architecture; nothing is stored."""
        load_for(request.user, Project, project_id)
        sent = DesignIn(data=request.data)
        sent.is_valid(raise_exception=True)
        if not is_shallow(sent.validated_data["model"]):
            raise ApplicationError("The model nests deeper than any spec does.")
        draft = new_design()
        draft.steps[0].values[PART] = sent.validated_data["model"]
        page = DesignPage(draft, None)
        drawn = page.drawn
        body = {
            "problems": [_told(one) for one in page.findings.problems],
            "doubts": [_told(one) for one in page.findings.doubts],
            "numbers": drawn.headlines if drawn else [],
            "parts": drawn.parts if drawn else [],
            "beginnings": drawn.beginnings if drawn else [],
            "words": drawn.words if drawn else "",
            "diagram": drawn.diagram if drawn else "",
        }
        return Response(DesignOut(body).data)


def _told(finding: Finding) -> dict[str, object]:
    field = finding.name.removeprefix(f"{PREFIX}.")
    fix = {name.removeprefix(f"{PART}."): value for name, value in finding.problem.fix}
    return {"field": field, "sentence": finding.sentence, "fix": fix}
