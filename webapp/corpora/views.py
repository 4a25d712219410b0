"""Pages of texts: the list of documents, the upload page, what one reading gave."""

from __future__ import annotations

import json
import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from webapp.core.access import open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora import selectors
from webapp.corpora.limits import CHUNK_BYTES, ENDINGS
from webapp.jobs.models import Artifact
from webapp.jobs.states import ENDED
from webapp.projects.models import Project


@require_safe
def document_list(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Documents that were read, and what is being read; htmx asks again while something is."""
    project = open_for(request, Project, project_id)
    reading = list(selectors.reading_of(project)[:20])
    context = {
        "project": project,
        "documents": list(selectors.documents_of(project)[:200]),
        "reading": reading,
        "is_reading": any(job.state not in ENDED for job in reading),
        "unfinished": list(selectors.unfinished_of(project)[:20]),
    }
    is_partial = getattr(request, "htmx", False)
    return render(request, "corpora/tables.html" if is_partial else "corpora/list.html", context)


@require_safe
@ensure_csrf_cookie
def upload(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Choose or drop files; the page's script sends them in chunks."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    context = {
        "project": project,
        "endings": ",".join(ENDINGS),
        "chunk_bytes": CHUNK_BYTES,
        "words": json.dumps(_words()),
        "unfinished": list(selectors.unfinished_of(project).filter(created_by=request.user)),
    }
    return render(request, "corpora/upload.html", context)


@require_safe
def documents(request: UserRequest, documents_id: uuid.UUID) -> HttpResponse:
    """What each file gave: documents, faults by line, or why it was not taken."""
    artifact = open_for(request, Artifact, documents_id)
    if artifact.kind != "documents":
        raise Http404
    context = {"documents": artifact, "files": selectors.file_reports(artifact)}
    return render(request, "corpora/documents.html", context | {"project": artifact.project})


def _words() -> dict[str, str]:
    """What the script says beside each file."""
    return {
        "looking": _("Looking at the file"),
        "resumed": _("Goes on where it stopped"),
        "waiting": _("The server cannot be reached; trying again"),
        "arrived": _("Arrived"),
        "not_sent": _("Not sent"),
        "nothing": _("None of these files can be used; the reasons stand beside them."),
        "checking": _("Everything has arrived; it is being checked."),
    }
