"""Pages of texts: the list of documents, the upload page, what one reading gave."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora import deletion, selectors
from webapp.corpora.contamination.selectors import searches_of, searching
from webapp.corpora.digests import digests_of
from webapp.corpora.edits import edited_from, is_edited
from webapp.corpora.examples import holds_model, holds_tokenizer
from webapp.corpora.file_reports import file_reports
from webapp.corpora.limits import CHUNK_BYTES
from webapp.corpora.models import Upload
from webapp.corpora.names import ACCEPTED
from webapp.corpora.versions.selectors import VERB, Versions
from webapp.jobs.models import Artifact, Job
from webapp.jobs.progress import last_progress
from webapp.jobs.references import ARTIFACT
from webapp.jobs.selectors import require_kind
from webapp.jobs.services.deletion import job_delete
from webapp.projects.models import Project

_FILES_PER_PAGE = 50
_MADE_OF_UPLOADS = ("documents", "tasks")
_ROWS_PER_PAGE = 25
_JOBS_SHOWN = 40
_UNFINISHED_SHOWN = 20


@require_safe
def document_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Documents that were read, and what is being read; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    making = [
        (job, last_progress(job.folder) if job.is_live else None)
        for job in selectors.making_of(project)[:_JOBS_SHOWN]
    ]
    # Titles and counts alone are shown: no file is looked up.
    unfinished = list(
        selectors.unfinished_of(project).prefetch_related(None)[: _UNFINISHED_SHOWN + 1]
    )
    context = {
        "project": project,
        "documents": _page(request, "documents", selectors.documents_of(project)),
        "reading": [(*one, _upload_of(one[0])) for one in making if one[0].verb != VERB],
        "versions": _page(request, "page", Versions(project)),
        "cleaning": [one for one in making if one[0].verb == VERB],
        "is_reading": any(not job.has_ended for job, _progress in making),
        "unfinished": unfinished[:_UNFINISHED_SHOWN],
        "has_more_unfinished": len(unfinished) > _UNFINISHED_SHOWN,
        "finished": _page(
            request, "uploads", selectors.finished_of(project).prefetch_related(None)
        ),
    }
    if getattr(request, "htmx", False):
        return render(request, "corpora/tables.html", context)
    return render(request, "corpora/list.html", context | _sender())


@require_safe
@ensure_csrf_cookie
def upload(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Choose or drop files; the page's script sends them in chunks."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    context = {
        "project": project,
        **_sender(),
        "unfinished": list(selectors.unfinished_of(project).filter(created_by=request.user)),
    }
    return render(request, "corpora/upload.html", context)


@require_safe
def upload_files(request: UserRequest, upload_id: uuid.UUID) -> HttpResponse:
    """The files of one upload with their SHA-256, or why they were not taken."""
    row = open_for(request, Upload, upload_id)
    files = Paginator(row.files.all(), _FILES_PER_PAGE).get_page(request.GET.get("page"))
    digests = digests_of(row)
    context = {
        "project": row.project,
        "upload": row,
        "page": files,
        "files": [(file, digests.get(file.pk, "")) for file in files],
        "num_bytes": row.files.filter(refused="").aggregate(size=Sum("num_bytes"))["size"] or 0,
        "holds_model": holds_model(row),
        "holds_tokenizer": holds_tokenizer(row),
        "num_refused": row.files.exclude(refused="").count(),
        "made": row.artifact.products.filter(kind__in=_MADE_OF_UPLOADS) if row.artifact else [],
    }
    return render(request, "corpora/upload_files.html", context)


@require_safe
def documents(request: UserRequest, documents_id: uuid.UUID) -> HttpResponse:
    """What each file gave: documents, faults by line, or why it was not taken."""
    artifact = _documents(request, documents_id)
    reports = file_reports(artifact)
    faulty = [report for report in reports if report.is_faulty]
    shows_faulty = request.GET.get("show") == "faults"
    pages = Paginator(faulty if shows_faulty else reports, _FILES_PER_PAGE)
    context = {
        "documents": artifact,
        "project": artifact.project,
        "is_edited": is_edited(artifact),
        "source": edited_from(artifact),
        "files": pages.get_page(request.GET.get("page")),
        "num_files": len(reports),
        "num_faulty": len(faulty),
        "shows_faulty": shows_faulty,
        "searches": searches_of(artifact),
        "searching": searching(artifact),
    }
    return render(request, "corpora/documents.html", context)


@require_POST
def upload_delete(request: UserRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Discard what has arrived, or delete a finished upload; then back to where it stood."""
    row = open_for(request, Upload, upload_id, Role.EDITOR)
    was_finished, title = row.artifact_id is not None, row.title
    deletion.upload_delete(upload=row)
    messages.success(request, _("The upload %(title)s is deleted.") % {"title": title})
    return redirect("corpora:list" if was_finished else "corpora:upload", row.project_id)


@require_POST
def job_forget(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Delete a job of this list that ended without a result, with its folder."""
    job = open_for(request, Job, job_id, Role.EDITOR)
    if not selectors.making_of(job.project).filter(pk=job.pk).exists():
        raise ApplicationError(_("It does not stand on the list of corpora."), status_code=409)
    job_delete(job=job)
    messages.success(request, _("%(title)s is taken off the list.") % {"title": job.title})
    return redirect("corpora:list", job.project_id)


def _upload_of(job: Job) -> str:
    """Id of the upload that it reads; "" when it reads something else."""
    return str(job.spec.get("upload") or "").removeprefix(f"{ARTIFACT}:")


def _page(request: UserRequest, name: str, rows: Any) -> Page[Any]:
    """A page of one of the lists; each has a parameter of its own."""
    return Paginator(rows, _ROWS_PER_PAGE).get_page(request.GET.get(name))


def _documents(request: UserRequest, documents_id: uuid.UUID) -> Artifact:
    return require_kind(open_for(request, Artifact, documents_id), "documents")


def _sender() -> dict[str, Any]:
    """What the script that sends files is told."""
    return {
        "endings": ",".join(ACCEPTED),
        "chunk_bytes": CHUNK_BYTES,
        "words": json.dumps(_words()),
    }


def _words() -> dict[str, str]:
    """What the script says beside each file."""
    return {
        "looking": _("Looking at the file"),
        "queued": _("Waits for its turn"),
        "resumed": _("Goes on where it stopped"),
        "paused": _("Paused"),
        "leaving": _("Being taken back"),
        "cancelled": _("Not sent: taken back"),
        "left": _("%s left"),
        "files": _("Files"),
        "waiting": _("The server cannot be reached; trying again"),
        "unreadable": _("The browser cannot read this file any more; choose it again."),
        "twice": _("Chosen twice; it is sent once"),
        "arrived": _("Arrived"),
        "not_sent": _("Not sent"),
        "nothing": _("None of these files can be used; the reasons stand beside them."),
        "copied": _("Copied"),
        "checking": _("Everything has arrived; it is being checked."),
    }
