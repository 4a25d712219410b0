"""How jobs, groups, artifacts and machines read and are written over the API."""

from __future__ import annotations

from rest_framework import serializers

from training.registry import VERBS
from webapp.jobs.models import Artifact, GroupKind, Job, JobGroup, OnFailure
from webapp.jobs.services.control import MAX_PRIORITY
from webapp.jobs.services.creation import MAX_TITLE_CHARS
from webapp.jobs.states import State

MAX_STEPS = 100
MAX_KEY_CHARS = 60

VERB_NAMES = sorted(VERBS)


class JobOut(serializers.ModelSerializer):
    """A job without its settings."""

    reason = serializers.CharField(help_text="Why it is in this state, as a sentence.")
    group = serializers.PrimaryKeyRelatedField(read_only=True)
    project = serializers.PrimaryKeyRelatedField(read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None)

    class Meta:
        model = Job
        fields = [
            "id",
            "project",
            "group",
            "verb",
            "title",
            "state",
            "reason",
            "reason_code",
            "advice",
            "wanted",
            "priority",
            "position",
            "slot_kind",
            "num_slots",
            "num_processes",
            "attempt",
            "num_resumes",
            "max_resumes",
            "created_by",
            "created_at",
            "state_since",
            "started_at",
            "ended_at",
            "version",
        ]


class DependencyOut(serializers.Serializer):
    """One input of a job."""

    role = serializers.CharField(help_text="Field of the settings; empty: only the order counts.")
    kind = serializers.CharField()
    on_job = serializers.UUIDField(source="on_job_id", allow_null=True)
    on_artifact = serializers.UUIDField(source="on_artifact_id", allow_null=True)
    needs_output = serializers.BooleanField()
    on_failure = serializers.ChoiceField(choices=OnFailure.choices)


class ArtifactOut(serializers.ModelSerializer):
    """An immutable result."""

    job = serializers.PrimaryKeyRelatedField(read_only=True)
    sources = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Artifact
        fields = ["id", "kind", "title", "job", "counts", "num_bytes", "sources", "created_at"]


class JobDetailOut(JobOut):
    """A job with its settings, its inputs and what it made."""

    spec = serializers.JSONField()
    dependencies = DependencyOut(many=True)
    artifacts = ArtifactOut(many=True)

    class Meta(JobOut.Meta):
        fields = [*JobOut.Meta.fields, "spec", "dependencies", "artifacts"]


class JobIn(serializers.Serializer):
    """What to do. Inputs in ``spec`` are ``artifact:<id>``, ``job:<id>`` or ``folder:<job id>``."""

    verb = serializers.ChoiceField(choices=VERB_NAMES)
    spec = serializers.DictField(default=dict)
    title = serializers.CharField(max_length=MAX_TITLE_CHARS, allow_blank=True, default="")
    priority = serializers.IntegerField(min_value=-MAX_PRIORITY, max_value=MAX_PRIORITY, default=0)
    idempotency_key = serializers.CharField(
        max_length=MAX_KEY_CHARS,
        allow_blank=True,
        default="",
        help_text="Sent twice, the same key gives the same job.",
    )
    on_failure = serializers.ChoiceField(choices=OnFailure.choices, default=OnFailure.FAIL)


class JobChange(serializers.Serializer):
    """What of a job can be changed afterwards."""

    title = serializers.CharField(max_length=MAX_TITLE_CHARS, required=False)
    priority = serializers.IntegerField(
        min_value=-MAX_PRIORITY, max_value=MAX_PRIORITY, required=False
    )


class StepIn(serializers.Serializer):
    """One job of a group; ``step:<n>`` in its settings names the output of an earlier step."""

    verb = serializers.ChoiceField(choices=VERB_NAMES)
    spec = serializers.DictField(default=dict)
    title = serializers.CharField(max_length=MAX_TITLE_CHARS, allow_blank=True, default="")


class GroupIn(serializers.Serializer):
    """Several jobs at once; all are made, or none."""

    title = serializers.CharField(max_length=MAX_TITLE_CHARS)
    kind = serializers.ChoiceField(choices=GroupKind.choices, default=GroupKind.CHAIN)
    on_failure = serializers.ChoiceField(choices=OnFailure.choices, default=OnFailure.FAIL)
    steps = StepIn(many=True, max_length=MAX_STEPS, allow_empty=False)
    idempotency_key = serializers.CharField(max_length=MAX_KEY_CHARS, allow_blank=True, default="")


class GroupOut(serializers.ModelSerializer):
    """A group with its jobs in the order in which they were made."""

    jobs = JobOut(many=True)

    class Meta:
        model = JobGroup
        fields = ["id", "kind", "title", "created_at", "jobs"]


class CloneIn(serializers.Serializer):
    """What is different in the copy: {"optimizer.learning_rate": 0.001}."""

    changes = serializers.DictField(default=dict)
    title = serializers.CharField(max_length=MAX_TITLE_CHARS, allow_blank=True, default="")
    idempotency_key = serializers.CharField(max_length=MAX_KEY_CHARS, allow_blank=True, default="")


class MoveIn(serializers.Serializer):
    """Where to in the queue."""

    direction = serializers.ChoiceField(choices=["up", "down"])


#: Who may speak in a conversation with a model.
TURN_ROLES = [(role, role) for role in ("system", "user", "assistant")]


class TurnIn(serializers.Serializer):
    """One turn of a conversation."""

    role = serializers.ChoiceField(choices=TURN_ROLES)
    content = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=200_000)


class CompleteIn(serializers.Serializer):
    """A prompt for a serving job."""

    prompt = serializers.CharField(
        allow_blank=True, trim_whitespace=False, max_length=200_000, default=""
    )
    turns = serializers.ListField(
        child=TurnIn(), required=False, help_text="Of a conversation, instead of a prompt."
    )
    model = serializers.IntegerField(
        min_value=0, max_value=1, default=0, help_text="1 asks the second model of the job."
    )
    max_new_tokens = serializers.IntegerField(min_value=1, default=64)
    temperature = serializers.FloatField(min_value=0, max_value=5, default=0.8)
    top_p = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class CompleteOut(serializers.Serializer):
    """The continuation and what it cost."""

    text = serializers.CharField()
    num_prompt_tokens = serializers.IntegerField()
    num_new_tokens = serializers.IntegerField()
    seconds = serializers.FloatField()


class QueueOut(serializers.Serializer):
    """Everything unfinished, in the order in which it is worked off."""

    version = serializers.IntegerField(help_text="Rises with every state change.")
    jobs = JobOut(many=True)
    num_hidden = serializers.IntegerField(help_text="Unfinished jobs of other projects.")


class MachineOut(serializers.Serializer):
    """A machine and what is taken of it."""

    host = serializers.CharField(source="machine.host")
    num_cpu_slots = serializers.IntegerField(source="machine.num_cpu_slots")
    num_cpu_taken = serializers.IntegerField()
    num_gpu_slots = serializers.IntegerField(source="machine.num_gpu_slots")
    num_gpu_taken = serializers.IntegerField()
    memory_bytes = serializers.IntegerField(source="machine.memory_bytes")
    free_disk_bytes = serializers.IntegerField(source="machine.free_disk_bytes")
    supervisor_seen_at = serializers.DateTimeField(source="machine.supervisor_seen_at")
    queue_seen_at = serializers.DateTimeField(source="machine.queue_seen_at")


class JobsFilter(serializers.Serializer):
    """Query parameters of the list."""

    verb = serializers.ChoiceField(choices=VERB_NAMES, required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    offset = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class ArtifactsFilter(serializers.Serializer):
    """Query parameters of the list."""

    kind = serializers.CharField(max_length=24, required=False)
    offset = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
