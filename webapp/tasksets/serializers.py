"""Shapes of task sets in the API, and the checks of what is asked."""

from __future__ import annotations

from rest_framework import serializers

from training.registry import TEMPLATES
from training.specs.tasks import Shape
from training.specs.tokenize import TooLong
from webapp.jobs.models import Artifact
from webapp.tasksets.selectors import SPLITS

MAX_ROWS = 20
_MAX_START = 10**9


class TaskSetOut(serializers.ModelSerializer):
    """A task set in a list."""

    class Meta:
        model = Artifact
        fields = ["id", "title", "created_at", "job", "counts", "num_bytes"]


class TaskSetIn(serializers.Serializer):
    """A new set: the spec of the verb ``tasks``, with ``artifact:<id>`` where folders go."""

    title = serializers.CharField(max_length=120, allow_blank=True, default="")
    spec = serializers.DictField()


class RowsIn(serializers.Serializer):
    """Which rows of a set."""

    split = serializers.ChoiceField(choices=list(SPLITS), default="train")
    start = serializers.IntegerField(min_value=0, max_value=_MAX_START, default=0)
    count = serializers.IntegerField(min_value=1, max_value=MAX_ROWS, default=5)


class TokensIn(RowsIn):
    """How rows are to be shown as tokens."""

    tokenizer = serializers.UUIDField(help_text="A tokenizer, or a model with its own.")
    template = serializers.ChoiceField(choices=list(TEMPLATES), default="auto")
    sequence_length = serializers.IntegerField(
        min_value=0, max_value=1_000_000, default=0, help_text="Of a row; 0 is without limit."
    )
    too_long = serializers.ChoiceField(choices=[str(one) for one in TooLong], default="truncate")
    count = serializers.IntegerField(min_value=1, max_value=5, default=2)


class PreviewIn(serializers.Serializer):
    """Which file of which upload, and how its rows are read."""

    upload = serializers.UUIDField()
    file = serializers.CharField(max_length=255, allow_blank=True, default="")
    shape = serializers.ChoiceField(choices=[str(one) for one in Shape], default="auto")
    columns = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
