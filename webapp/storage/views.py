"""The Storage page of a project, and the page that shows what would go before it goes."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from training.units import format_bytes
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.jobs.models import Artifact
from webapp.projects.models import Project
from webapp.storage import selectors
from webapp.storage.services import delete_with_derived


@require_safe
def storage(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Who holds how many bytes, and the largest things with a way to delete each."""
    project = open_for(request, Project, project_id)
    context = {
        "project": project,
        "tab": "storage",
        "storage": selectors.storage_of(project),
        "largest": selectors.largest_artifacts(project),
    }
    return render(request, "storage/storage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: UserRequest, artifact_id: uuid.UUID) -> HttpResponse:
    """What would go with it and what may be kept; a post does it."""
    artifact = open_for(request, Artifact, artifact_id, Role.EDITOR)
    doom = selectors.doom_of(artifact)
    error, status = "", 200
    kept = selectors.kept_ids(request.POST.getlist("keep"))
    if request.method == "POST":
        try:
            delete_with_derived(artifact=artifact, keep=kept)
        except ApplicationError as refused:
            error, status = refused.message, refused.status_code
        else:
            messages.success(request, _told(doom, kept))
            return redirect("storage:project", artifact.project_id)
    context = {"project": artifact.project, "doom": doom, "error": error, "kept": kept}
    return render(request, "storage/delete.html", context, status=status)


def _told(doom: selectors.Doom, kept: set[uuid.UUID]) -> str:
    stays = [one for one in doom.jobs if one.job.pk in kept]
    freed = doom.num_bytes - sum(one.num_bytes for one in stays)
    words = {"title": str(doom.artifact), "size": format_bytes(freed)}
    if not stays:
        return _("%(title)s and everything made from it are deleted: %(size)s.") % words
    words["kept"] = ", ".join(one.job.title for one in stays)
    message = _("%(title)s and what was made from it are deleted: %(size)s. Kept: %(kept)s.")
    return message % words
