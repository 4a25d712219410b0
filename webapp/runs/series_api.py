"""REST: some steps of a run's series in as many buckets as are asked for (a zoomed chart)."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.jobs.models import Job
from webapp.runs.live.messages import DEFAULT_BUCKETS, MAX_BUCKETS
from webapp.runs.live.reading import read_range, series_names

LAST_STEP = (1 << 62) - 1


class SeriesIn(serializers.Serializer):
    """Which steps, both ends included, of which series; everything may be left out."""

    first = serializers.IntegerField(min_value=0, max_value=LAST_STEP, default=0)
    last = serializers.IntegerField(min_value=0, max_value=LAST_STEP, default=LAST_STEP)
    buckets = serializers.IntegerField(min_value=1, max_value=MAX_BUCKETS, default=DEFAULT_BUCKETS)
    names = serializers.CharField(
        default="", allow_blank=True, help_text="Names, with commas; all when left out."
    )


class SeriesOut(serializers.Serializer):
    """{name: {"curve": {"x", "time", "last", "low", "high"}, "num_records"}}; extremes are kept."""

    series = serializers.DictField()


class Series(APIView):
    """Metric series of a job."""

    @extend_schema(operation_id="runs_series", responses=SeriesOut, parameters=[SeriesIn])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Read the steps asked for as buckets of least, greatest and last value."""
        job = load_for(request.user, Job, job_id)
        query = SeriesIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        names = asked["names"].split(",") if asked["names"] else series_names(job.folder)
        steps = (asked["first"], asked["last"])
        found = read_range(job.folder, names, steps, buckets=asked["buckets"])
        return Response({"series": found})
