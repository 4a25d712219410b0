"""Checks of checkpoints that somebody asked for: every file hashed again, by the queue."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.core.models import TimeStampedModel
from webapp.jobs.models import Job


class CheckState(models.TextChoices):
    """How a check stands."""

    ASKED = "asked", _("Being checked")
    WHOLE = "whole", _("Whole")
    DAMAGED = "damaged", _("Damaged")


class CheckpointCheck(TimeStampedModel):
    """The newest check of one checkpoint of one run."""

    access_path: ClassVar[str] = "job__project"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="checkpoint_checks")
    step = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=CheckState.choices, default=CheckState.ASKED)
    #: Which file, and what is wrong with it.
    detail = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "step"], name="one_check_per_checkpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.step}: {self.state}"
