"""What is read about uploads and documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from training.folder.atomic import read_json
from webapp.corpora.models import Upload, UploadFile
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project

FILES = "files.json"


@dataclass(frozen=True)
class FileReport:
    """What reading one file gave, as the documents artifact tells it."""

    name: str
    num_documents: int
    num_text_bytes: int
    num_faults: int
    faults: list[dict[str, Any]]
    warnings: dict[str, int]
    removed: dict[str, int] | None
    refused: str


def documents_of(project: Project) -> QuerySet[Artifact]:
    """Documents, newest first."""
    rows = Artifact.objects.filter(project=project, kind="documents")
    return rows.select_related("job", "created_by").order_by("-created_at")


def reading_of(project: Project) -> QuerySet[Job]:
    """Jobs that read texts and have no result (yet)."""
    return Job.objects.filter(project=project, verb="extract").exclude(state=State.FINISHED)


def unfinished_of(project: Project) -> QuerySet[Upload]:
    """Uploads of which parts are missing."""
    return _with_files(Upload.objects.filter(project=project, artifact=None))


def finished_of(project: Project) -> QuerySet[Upload]:
    """Uploads that are artifacts, newest first."""
    rows = Upload.objects.filter(project=project, artifact__isnull=False)
    return _with_files(rows.select_related("artifact"))


def file_reports(documents: Artifact) -> list[FileReport]:
    """One row per file, in the order in which they were read."""
    known = FileReport.__dataclass_fields__
    rows = read_json(documents.folder / FILES) or []
    return [FileReport(**{name: row.get(name) for name in known}) for row in rows]


def _with_files(uploads: QuerySet[Upload]) -> QuerySet[Upload]:
    files = Prefetch("files", queryset=UploadFile.objects.order_by("created_at"))
    return uploads.prefetch_related(files)
