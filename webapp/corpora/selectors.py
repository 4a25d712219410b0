"""What is read about uploads and documents."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from webapp.corpora.models import Upload
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project


def documents_of(project: Project) -> QuerySet[Artifact]:
    """Documents, newest first."""
    rows = Artifact.objects.filter(project=project, kind="documents")
    return rows.select_related("job", "created_by").order_by("-created_at")


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs that read or edit texts or make corpora and have no result (yet), newest first."""
    rows = Job.objects.filter(project=project, verb__in=("extract", "transform", "clean"))
    return rows.exclude(state=State.FINISHED).order_by("-created_at")


def unfinished_of(project: Project) -> QuerySet[Upload]:
    """Uploads of which parts are missing."""
    return _with_files(Upload.objects.filter(project=project, artifact=None))


def finished_of(project: Project) -> QuerySet[Upload]:
    """Uploads that are artifacts, newest first, with the number of files that were not taken."""
    rows = Upload.objects.filter(project=project, artifact__isnull=False)
    rows = rows.annotate(num_refused=Count("files", filter=~Q(files__refused="")))
    return _with_files(rows.select_related("artifact").order_by("-created_at"))


def _with_files(uploads: QuerySet[Upload]) -> QuerySet[Upload]:
    return uploads.prefetch_related("files")
