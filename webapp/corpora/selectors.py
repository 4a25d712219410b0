"""What is read about uploads and documents."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from webapp.corpora.models import Upload, UploadFile
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project


def documents_of(project: Project) -> QuerySet[Artifact]:
    """Documents, newest first."""
    rows = Artifact.objects.filter(project=project, kind="documents")
    return rows.select_related("job", "created_by").order_by("-created_at")


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs that read texts or make corpora and have no result (yet), newest first."""
    rows = Job.objects.filter(project=project, verb__in=("extract", "clean"))
    return rows.exclude(state=State.FINISHED).order_by("-created_at")


def unfinished_of(project: Project) -> QuerySet[Upload]:
    """Uploads of which parts are missing."""
    return _with_files(Upload.objects.filter(project=project, artifact=None))


def finished_of(project: Project) -> QuerySet[Upload]:
    """Uploads that are artifacts, newest first."""
    rows = Upload.objects.filter(project=project, artifact__isnull=False)
    return _with_files(rows.select_related("artifact"))


def _with_files(uploads: QuerySet[Upload]) -> QuerySet[Upload]:
    files = Prefetch("files", queryset=UploadFile.objects.order_by("created_at"))
    return uploads.prefetch_related(files)
