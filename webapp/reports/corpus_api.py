"""REST: quality reports of a corpus version. Files are downloaded as those of any artifact."""

from __future__ import annotations

import uuid

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
from webapp.reports.api import NUM_SHOWN, ReportOut
from webapp.reports.corpus_selectors import CORPUS, reports_of_corpus
from webapp.reports.corpus_services import corpus_report_ask


class CorpusReportIn(serializers.Serializer):
    """What is left out is as usual; bounds are those of the verb ``corpus_report``."""

    sample_documents = serializers.IntegerField(allow_null=True, default=None)
    seed = serializers.IntegerField(allow_null=True, default=None)
    near_duplicates = serializers.BooleanField(default=True)
    idempotency_key = serializers.CharField(max_length=40, allow_blank=True, default="")


class CorpusReports(APIView):
    """The quality reports of a version."""

    @extend_schema(operation_id="corpus_reports_list", responses=ReportOut(many=True))
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """List the newest 200; report.json of each holds every number."""
        corpus = _corpus(request, corpus_id)
        return Response(ReportOut(reports_of_corpus(corpus)[:NUM_SHOWN], many=True).data)

    @extend_schema(
        operation_id="corpus_reports_write", request=CorpusReportIn, responses={201: JobOut}
    )
    def post(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """Have one written; the answer is the job that does it (editors)."""
        corpus = _corpus(request, corpus_id, Role.EDITOR)
        data = CorpusReportIn(data=request.data)
        data.is_valid(raise_exception=True)
        job = corpus_report_ask(corpus=corpus, created_by=request.user, **data.validated_data)
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)


def _corpus(request: Request, corpus_id: uuid.UUID, role: Role = Role.VIEWER) -> Artifact:
    return require_kind(load_for(request.user, Artifact, corpus_id, role), CORPUS)
