"""REST: judge and plan settings before anything runs, and any job as YAML and command."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.builder.batch_answer import BatchOut
from webapp.builder.drafts import Draft, Step
from webapp.builder.first_batch import first_batch
from webapp.builder.page import BuilderPage
from webapp.builder.sharing import share
from webapp.builder.values import is_shallow
from webapp.core.access import load_for
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job
from webapp.jobs.serializers import VERB_NAMES
from webapp.projects.models import Project


class CheckIn(serializers.Serializer):
    """Settings as for making a job; inputs are ``artifact:<id>`` or ``job:<id>``."""

    verb = serializers.ChoiceField(choices=VERB_NAMES)
    spec = serializers.DictField(default=dict)


class ProblemOut(serializers.Serializer):
    """One thing wrong, or doubtful, with one field."""

    field = serializers.CharField()
    sentence = serializers.CharField()
    fix = serializers.DictField(help_text="{field: value} that would mend it.")


class FigureOut(serializers.Serializer):
    """One figure of the plan and how it is computed."""

    key = serializers.CharField()
    label = serializers.CharField()
    value = serializers.CharField()
    how = serializers.CharField()


class PlanSectionOut(serializers.Serializer):
    """Figures that belong together."""

    title = serializers.CharField()
    headline = serializers.CharField()
    sentence = serializers.CharField()
    figures = FigureOut(many=True)


class SettingsCheckOut(serializers.Serializer):
    """Everything that the builder shows beside its form."""

    problems = ProblemOut(many=True)
    doubts = ProblemOut(many=True)
    plan = PlanSectionOut(many=True)
    yaml = serializers.CharField()
    command = serializers.CharField()


class JobSettingsOut(serializers.Serializer):
    """A job as a file and the command that runs it."""

    file = serializers.CharField()
    text = serializers.CharField()
    command = serializers.CharField()


class Check(APIView):
    """Judge settings without making anything."""

    @extend_schema(operation_id="builder_check", request=CheckIn, responses=SettingsCheckOut)
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Problems with fixes, doubts, the plan of a training, YAML and command."""
        project = load_for(request.user, Project, project_id)
        page = _page(request, project)
        body = {
            "problems": [_problem(one) for one in page.findings.problems],
            "doubts": [_problem(one) for one in page.findings.doubts],
            "plan": page.plan,
            "yaml": page.yaml,
            "command": page.commands,
        }
        return Response(SettingsCheckOut(body).data)


class FirstBatch(APIView):
    """The first batch of settings, before anything runs."""

    @extend_schema(operation_id="builder_first_batch", request=CheckIn, responses=BatchOut)
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Rows with their documents, padding and targets, and how full they are."""
        project = load_for(request.user, Project, project_id)
        return Response(BatchOut(first_batch(_page(request, project))).data)


class JobSettings(APIView):
    """A job's settings for the command line."""

    @extend_schema(operation_id="builder_job_settings", responses=JobSettingsOut)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """YAML with inputs as paths below the home folder, and the command."""
        job = load_for(request.user, Job, job_id)
        (shared,) = share(job.project, [(job.verb, job.spec)])
        return Response(JobSettingsOut(shared).data)


def _page(request: Request, project: Project) -> BuilderPage:
    """What was sent, as a page of one step; 400 for what no form could send."""
    data = CheckIn(data=request.data)
    data.is_valid(raise_exception=True)
    verb, spec = data.validated_data["verb"], data.validated_data["spec"]
    if not is_shallow(spec):
        raise ApplicationError(_("The settings nest deeper than any spec does."))
    return BuilderPage(project, Draft(verb, [Step(verb, spec)]))


def _problem(finding: Any) -> dict[str, object]:
    problem = finding.problem
    return {
        "field": problem.field,
        "sentence": problem.sentence(),
        "fix": dict(problem.fix),
    }
