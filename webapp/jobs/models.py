"""Jobs and what hangs from them: groups, dependencies, artifacts, leases, machines.

A row is the truth about intent (wanted, priority, attempt); the folder under the home is the
truth about fact. State changes only through `webapp.jobs.services.states.change_state`.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from training.folder.layout import JobFolder
from training.registry import VERBS
from webapp.core.models import TimeStampedModel
from webapp.jobs.reasons import INTERRUPTIONS, sentence
from webapp.jobs.states import ENDED, LIVE, RESUMABLE, State, Wanted
from webapp.projects.models import Project


class GroupKind(models.TextChoices):
    """Why jobs were started together."""

    CHAIN = "chain", _("Chain")
    SWEEP = "sweep", _("Sweep")
    FOLDS = "folds", _("Cross-validation")
    ABLATION = "ablation", _("Ablation")
    PIPELINE = "pipeline", _("Pipeline")


class OnFailure(models.TextChoices):
    """What becomes of a job whose input will not come."""

    FAIL = "fail", _("Fails too")
    WAIT = "wait", _("Waits until the input is made again")


class SlotKind(models.TextChoices):
    """What a lease is for."""

    CPU = "cpu", _("CPU")
    GPU = "gpu", _("GPU")


class JobGroup(TimeStampedModel):
    """Jobs that belong together."""

    access_path: ClassVar[str] = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="job_groups")
    kind = models.CharField(max_length=8, choices=GroupKind.choices, default=GroupKind.CHAIN)
    title = models.CharField(max_length=120)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.title


class Job(TimeStampedModel):
    """One thing to be done by a child process; its id is the name of its folder."""

    access_path: ClassVar[str] = "project"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="jobs")
    group = models.ForeignKey(
        JobGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    verb = models.CharField(max_length=32)
    title = models.CharField(max_length=120)
    #: As resolved, with ``artifact:<id>`` and ``job:<id>`` where folders go.
    spec = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    idempotency_key = models.CharField(max_length=64, blank=True, editable=False)

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason_code = models.CharField(max_length=24, default="created")
    reason_data = models.JSONField(default=dict)
    advice = models.TextField(blank=True)
    state_since = models.DateTimeField(auto_now_add=True)
    wanted = models.CharField(max_length=8, choices=Wanted.choices, default=Wanted.RUN)
    #: Number in the sequence of all state changes of this installation.
    version = models.BigIntegerField(default=0)

    priority = models.SmallIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    slot_kind = models.CharField(max_length=3, choices=SlotKind.choices, default=SlotKind.CPU)
    num_slots = models.PositiveSmallIntegerField(default=1)
    num_processes = models.PositiveSmallIntegerField(default=1)
    host = models.CharField(max_length=128, blank=True)

    attempt = models.PositiveIntegerField(default=0)
    num_launches = models.PositiveSmallIntegerField(default=0)
    num_resumes = models.PositiveSmallIntegerField(default=0)
    max_resumes = models.PositiveSmallIntegerField(default=3)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-priority", "position"], name="jobs_queue"),
            models.Index(fields=["project", "state", "-created_at"], name="jobs_of_project"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def folder(self) -> JobFolder:
        """Where its files are."""
        return JobFolder(settings.TRAINYARD_HOME / "jobs" / str(self.pk))

    @property
    def reason(self) -> str:
        """Why it is in this state, as a sentence in the reader's language."""
        return sentence(self.reason_code, self.reason_data)

    @property
    def is_live(self) -> bool:
        """Whether there is a process, or may be one."""
        return self.state in LIVE

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens any more by itself."""
        return self.state in ENDED

    @property
    def may_resume(self) -> bool:
        """Whether it can be started again where it was."""
        return self.state in RESUMABLE

    @property
    def goes_on(self) -> bool:
        """Whether it is resumed by itself: interrupted, not asked to stop, tries left."""
        return (
            self.state in {State.LOST, State.FAILED}
            and self.reason_code in INTERRUPTIONS
            and self.wanted == Wanted.RUN
            and self.num_resumes < self.max_resumes
            and VERBS[self.verb].is_resumable
        )

    @property
    def may_stop(self) -> bool:
        """Whether a request to save and stop makes sense."""
        return self.state in LIVE and self.state != State.STOPPING

    @property
    def may_cancel(self) -> bool:
        """Whether it has not been started yet."""
        return self.state in {State.WAITING, State.QUEUED}


class Artifact(TimeStampedModel):
    """The index of one immutable folder; id, kind and counts are those of its manifest."""

    access_path: ClassVar[str] = "project"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="artifacts")
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="artifacts"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    counts = models.JSONField(default=dict)
    num_bytes = models.BigIntegerField(default=0)
    #: Relative to the home folder, which may be moved.
    path = models.CharField(max_length=255, unique=True)
    sources = models.ManyToManyField("self", symmetrical=False, related_name="products")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["project", "kind", "-created_at"], name="artifacts_kind")]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {str(self.pk)[:8]}"

    @property
    def folder(self) -> Path:
        """Absolute path of the folder."""
        folder: Path = settings.TRAINYARD_HOME / self.path
        return folder


class JobDependency(models.Model):
    """One input of a job: the future output of another job, or an artifact that is there."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="dependencies")
    #: Field of the spec; empty when only the order matters.
    role = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=24, blank=True)
    on_job = models.ForeignKey(
        Job, on_delete=models.PROTECT, null=True, blank=True, related_name="dependents"
    )
    on_artifact = models.ForeignKey(
        Artifact, on_delete=models.PROTECT, null=True, blank=True, related_name="dependents"
    )
    #: False: the job's folder is read as it is now, finished or not.
    needs_output = models.BooleanField(default=True)
    on_failure = models.CharField(max_length=4, choices=OnFailure.choices, default=OnFailure.FAIL)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(on_job__isnull=True) ^ models.Q(on_artifact__isnull=True),
                name="dependency_on_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}.{self.role} <- {self.on_job_id or self.on_artifact_id}"


class Lease(models.Model):
    """One slot of one machine, held by one attempt at one job."""

    host = models.CharField(max_length=128)
    kind = models.CharField(max_length=3, choices=SlotKind.choices)
    index = models.PositiveSmallIntegerField()
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="leases")
    attempt = models.PositiveIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "kind", "index"], name="one_lease_per_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.kind} {self.index}"


class Machine(models.Model):
    """A machine that runs jobs: its slots, and when its supervisor and queue were last heard."""

    host = models.CharField(max_length=128, primary_key=True)
    num_cpu_slots = models.PositiveSmallIntegerField(default=0)
    num_gpu_slots = models.PositiveSmallIntegerField(default=0)
    memory_bytes = models.BigIntegerField(default=0)
    free_disk_bytes = models.BigIntegerField(default=0)
    supervisor_beat = models.BigIntegerField(default=0)
    supervisor_seen_at = models.DateTimeField(null=True, blank=True)
    queue_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.host


class StateVersion(models.Model):
    """One row, whose number rises with every state change: cheap to poll while somebody looks."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
