"""REST: searching the log of a job, and reading a part of it."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.jobs.models import Job
from webapp.runs.log_lines import LEVELS, lines_from
from webapp.runs.log_search import MAX_QUERY_CHARS, Found, Wanted, search

_LAST_BYTE = (1 << 62) - 1


class LogIn(serializers.Serializer):
    """What to look for; without words and level the lines from ``start`` on are read."""

    q = serializers.CharField(max_length=MAX_QUERY_CHARS, default="", allow_blank=True)
    regex = serializers.BooleanField(default=False, help_text="q is a regular expression.")
    level = serializers.ChoiceField(choices=("", *LEVELS), default="", allow_blank=True)
    start = serializers.IntegerField(
        min_value=0, max_value=_LAST_BYTE, default=0, help_text="Byte: the “next” of an answer."
    )


class LineOut(serializers.Serializer):
    """One line and the byte at which it begins."""

    offset = serializers.IntegerField()
    text = serializers.CharField()
    level = serializers.CharField()


class LogOut(serializers.Serializer):
    """``num_found`` lines lie between ``start`` and ``searched_to``; of them the first are here."""

    num_found = serializers.IntegerField()
    lines = LineOut(many=True)
    size = serializers.IntegerField()
    searched_to = serializers.IntegerField()
    is_done = serializers.BooleanField()
    next = serializers.IntegerField(allow_null=True)


class LogSearch(APIView):
    """The log of a job."""

    @extend_schema(operation_id="runs_log", responses=LogOut, parameters=[LogIn])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Search it from a byte on; bounded in time, so go on at “next” until it is null."""
        job = load_for(request.user, Job, job_id)
        query = LogIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        wanted = Wanted(asked["q"], asked["regex"], asked["level"])
        if not wanted.is_empty:
            return Response(LogOut(search(job.folder.log, wanted, asked["start"])).data)
        window = lines_from(job.folder.log, asked["start"])
        end = min(window.size, window.end) if window.lines else window.size
        found = Found(window.size, end, len(window.lines), window.lines)
        return Response(LogOut(found).data)
