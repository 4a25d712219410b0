"""REST: reports of a project, asking for one. Files are downloaded as those of any artifact."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.jobs.models import Artifact, Job
from webapp.jobs.serializers import JobOut
from webapp.projects.models import Project
from webapp.reports import selectors, services

#: Longest list that is answered.
NUM_SHOWN = 200


class ReportOut(serializers.ModelSerializer):
    """A report; its files are below /artifacts/<id>/files/."""

    class Meta:
        model = Artifact
        fields = ["id", "title", "created_at", "job", "counts", "num_bytes"]


class ReportIn(serializers.Serializer):
    """The same key gives the same report job."""

    idempotency_key = serializers.CharField(max_length=40, allow_blank=True, default="")


class Reports(APIView):
    """The reports of a project."""

    @extend_schema(operation_id="reports_list", responses=ReportOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List the newest 200; the header Total-Count says how many there are."""
        project = load_for(request.user, Project, project_id)
        reports = selectors.reports_of(project)
        shown = ReportOut(reports[:NUM_SHOWN], many=True).data
        return Response(shown, headers={"Total-Count": str(reports.count())})


class RunReport(APIView):
    """The report of a run."""

    @extend_schema(operation_id="reports_write", request=ReportIn, responses={201: JobOut})
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Have it written; the answer is the job that does it (editors)."""
        run = load_for(request.user, Job, job_id, Role.EDITOR)
        data = ReportIn(data=request.data)
        data.is_valid(raise_exception=True)
        job = services.report_ask(run=run, created_by=request.user, **data.validated_data)
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)
