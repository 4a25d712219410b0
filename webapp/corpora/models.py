"""Uploads that are under way: one row per upload and per file of it.

A finished upload is an artifact of the kind ``upload``; its rows here say only how it came.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.core.models import TimeStampedModel
from webapp.jobs.models import Artifact, Job
from webapp.projects.models import Project


class Upload(TimeStampedModel):
    """Files sent together; they become one artifact."""

    access_path: ClassVar[str] = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    title = models.CharField(_("title"), max_length=120)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: Until then a piece must arrive, or what is there is taken away.
    expires_at = models.DateTimeField()
    artifact = models.ForeignKey(
        Artifact, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    #: The job that reads the texts.
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def open_files(self) -> list[UploadFile]:
        """Files of which something is missing."""
        return [file for file in self.files.all() if not file.is_complete]

    @property
    def num_arrived(self) -> int:
        """Files that are here whole."""
        return sum(file.offset == file.num_bytes and not file.refused for file in self.files.all())

    @property
    def folder(self) -> Path:
        """Where the artifact is written."""
        folder: Path = settings.TRAINYARD_HOME / "uploads" / str(self.pk)
        return folder

    @property
    def parts(self) -> Path:
        """Where files are while they arrive."""
        return self.folder.with_name(f"{self.pk}.parts")

    @property
    def lock(self) -> Path:
        """What `locking.held` locks; it is there as long as parts may arrive."""
        return self.parts / "lock"


class UploadFile(TimeStampedModel):
    """One file of an upload and how much of it is safely on the disk."""

    access_path: ClassVar[str] = "upload__project"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    num_bytes = models.BigIntegerField()
    #: By these a file that is chosen again is known to be the same one.
    modified_ms = models.BigIntegerField(default=0)
    first_sha256 = models.CharField(max_length=64)
    last_sha256 = models.CharField(max_length=64)
    #: Bytes that were checked and flushed.
    offset = models.BigIntegerField(default=0)
    #: Why the file is not taken; it is left out of the artifact.
    refused = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes are while they arrive."""
        return self.upload.parts / str(self.pk)

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is expected of it."""
        return bool(self.refused) or self.offset == self.num_bytes

    @property
    def percent(self) -> int:
        """How much of it has arrived, rounded down."""
        return 100 * self.offset // self.num_bytes if self.num_bytes else 100


class RuleSet(TimeStampedModel):
    """Rules that somebody saved under a name, as the YAML text that ``clean`` takes."""

    access_path: ClassVar[str] = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rule_sets")
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="rule_sets_name_once")
        ]

    def __str__(self) -> str:
        return self.name
