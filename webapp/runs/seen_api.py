"""REST: at which steps a run, and the runs behind its base, read a phrase."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.corpus.search.phrase import MAX_CHARACTERS
from training.tokens.seen.answer import MAX_STEPS_TOLD
from training.tokens.seen.steps import Answer
from webapp.core.access import load_for
from webapp.corpora.versions.search_api import HitOut
from webapp.jobs.models import Job
from webapp.runs.seen import TEXTS_PER_PAGE, Question, ask_seen

_MAX_PAGE = 50
_UP_TO = f"At most {MAX_STEPS_TOLD}; all are counted."


class SeenIn(serializers.Serializer):
    """A phrase; white space in it matches any run of white space."""

    phrase = serializers.CharField(max_length=MAX_CHARACTERS)
    ignore_case = serializers.BooleanField(default=False)
    run = serializers.IntegerField(
        min_value=0, max_value=31, default=None, allow_null=True,
        help_text="Only this one of the runs: 0 is the run itself, 1 the one behind its base.",
    )  # fmt: skip
    first = serializers.IntegerField(
        min_value=0, max_value=1 << 40, default=0, help_text="``next`` of the page before."
    )
    limit = serializers.IntegerField(min_value=1, max_value=_MAX_PAGE, default=TEXTS_PER_PAGE)


class StepsOut(serializers.Serializer):
    """Steps that read it whole, that read a part of it, and that the run did not come to."""

    answer = serializers.ChoiceField([*Answer])
    why = serializers.CharField(allow_blank=True)
    steps = serializers.ListField(child=serializers.IntegerField(), help_text=_UP_TO)
    num_steps = serializers.IntegerField()
    partial_steps = serializers.ListField(child=serializers.IntegerField(), help_text=_UP_TO)
    num_partial_steps = serializers.IntegerField()
    later_steps = serializers.ListField(child=serializers.IntegerField(), help_text=_UP_TO)
    num_later_steps = serializers.IntegerField()


class SeenHitOut(HitOut, StepsOut):
    """A hit, the rows that hold its tokens, and their steps."""

    rows = serializers.ListField(child=serializers.IntegerField())
    num_tokens = serializers.IntegerField()


class SeenTextOut(StepsOut):
    """A document or example with the phrase, and the steps of all its hits together."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    origin = serializers.DictField()
    num_hits = serializers.IntegerField()
    num_followed = serializers.IntegerField(help_text="Hits whose steps are counted.")
    hits = SeenHitOut(many=True)


class SeenRunOut(serializers.Serializer):
    """A run; when there is ``trouble``, that is all. ``until``: its last step in the weights."""

    run = serializers.IntegerField()
    job = serializers.UUIDField(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    until = serializers.IntegerField(allow_null=True)
    trouble = serializers.CharField(allow_blank=True)
    reached = serializers.IntegerField(required=False)
    num_steps = serializers.IntegerField(required=False)
    kind = serializers.CharField(required=False)
    corpus = serializers.UUIDField(allow_null=True, required=False)
    documents = serializers.UUIDField(allow_null=True, required=False)
    tasks = serializers.UUIDField(allow_null=True, required=False)
    texts = SeenTextOut(many=True, required=False)
    searched = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)
    next = serializers.IntegerField(allow_null=True, required=False)


class Seen(APIView):
    """A phrase and the steps that read it."""

    @extend_schema(operation_id="runs_seen", responses=SeenRunOut(many=True), parameters=[SeenIn])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The run and the runs behind its base, each with the texts that hold the phrase."""
        job = load_for(request.user, Job, job_id)
        query = SeenIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        data = dict(query.validated_data)
        limit = data.pop("limit")
        return Response(ask_seen(job, Question(**data), limit=limit))
