"""REST: runs compared."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.projects.models import Project
from webapp.runs import selectors
from webapp.runs.benchmark_rows import as_data
from webapp.runs.benchmarks import results_of
from webapp.runs.compare import MAX_RUNS, MIN_RUNS, chosen_runs, sides_of
from webapp.runs.config_diff import differences
from webapp.runs.measures import measures_of


class CompareIn(serializers.Serializer):
    """Which runs; the first is the baseline."""

    runs = serializers.CharField(help_text=f"{MIN_RUNS} to {MAX_RUNS} ids, with commas.")

    def validate_runs(self, text: str) -> list[uuid.UUID]:
        """The ids."""
        field = serializers.UUIDField()
        return [field.run_validation(one.strip()) for one in text.split(",")]


class CellOut(serializers.Serializer):
    """A number as it is shown, and its difference from the baseline's."""

    text = serializers.CharField()
    delta = serializers.CharField(allow_blank=True)


class MeasureOut(serializers.Serializer):
    """One number of every run, in the order asked for."""

    label = serializers.CharField()
    cells = CellOut(many=True)


class SettingDifferenceOut(serializers.Serializer):
    """One setting that is not the same in all runs."""

    group = serializers.CharField(allow_blank=True)
    key = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(allow_blank=True))


class PairedOut(serializers.Serializer):
    """A run less the first one measured, over the items that both answered; shares of 1."""

    difference = serializers.FloatField(allow_null=True, help_text="Null where not paired.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p_value = serializers.FloatField(allow_null=True, help_text="McNemar's test, mid-p.")
    items = serializers.IntegerField(allow_null=True)
    items_needed = serializers.IntegerField(
        allow_null=True, help_text="To find a difference of this size four times in five."
    )
    is_clear = serializers.BooleanField()
    text = serializers.CharField(help_text="The same as a sentence, or why it is not paired.")


class BenchmarkResultOut(serializers.Serializer):
    """What one run scored; shares of 1, with the 95 % interval."""

    accuracy = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    items = serializers.IntegerField()
    chance = serializers.FloatField(help_text="What guessing gives.")
    contaminated = serializers.IntegerField(help_text="Items that the model has read.")
    contamination_is_known = serializers.BooleanField(allow_null=True)
    step = serializers.IntegerField(allow_null=True)
    is_best = serializers.BooleanField()
    against_first = PairedOut(allow_null=True)


class BenchmarkRowOut(serializers.Serializer):
    """One set of a benchmark, or one length of passkeys, in the order of the runs."""

    label = serializers.CharField()
    asked = serializers.CharField(help_text="Which benchmark, and how its items were asked.")
    runs = serializers.ListField(child=BenchmarkResultOut(allow_null=True))


class CompareOut(serializers.Serializer):
    """The comparison."""

    runs = serializers.ListField(child=serializers.UUIDField())
    measures = MeasureOut(many=True)
    benchmarks = BenchmarkRowOut(many=True)
    settings = SettingDifferenceOut(many=True)


class Compare(APIView):
    """Runs of a project, compared."""

    @extend_schema(operation_id="runs_compare", responses=CompareOut, parameters=[CompareIn])
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """Read numbers against the first run, and the settings in which they differ."""
        project = load_for(request.user, Project, project_id)
        query = CompareIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        ids = query.validated_data["runs"]
        jobs = chosen_runs(list(selectors.runs_of(project).filter(pk__in=ids[:100])), ids)
        groups = differences([job.spec for job in jobs])
        body = {
            "runs": [job.pk for job in jobs],
            "measures": measures_of(sides_of(jobs)),
            "benchmarks": as_data(results_of(jobs)),
            "settings": [
                {"group": group, "key": one.key, "values": one.values}
                for group, found in groups.items()
                for one in found
            ],
        }
        return Response(CompareOut(body).data)
