"""Pages of registered server folders: choose a root, look into it, read a part of it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from training.errors import DataError, TrainyardError
from webapp.core.access import open_for
from webapp.core.errors import ApplicationError, as_application_error
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.corpora.server_folders import FolderPage, folder_page, read_folder, roots
from webapp.projects.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
def server_folder(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The roots, or what ``?root=...&at=...`` holds; a post reads what was ticked."""
    project = open_for(request, Project, project_id, Role.EDITOR)
    if request.method == "POST":
        return _read(request, project)
    root, at = request.GET.get("root", ""), request.GET.get("at", "")
    page, error = _page_or_error(root, at)
    context = {"project": project, "roots": roots(), "folder": page, "error": error, "at": at}
    return render(request, "corpora/server_folder.html", context, status=404 if error else 200)


def _page_or_error(root: str, at: str) -> tuple[FolderPage | None, str]:
    if not root:
        return None, ""
    try:
        return folder_page(root, at), ""
    except DataError as error:
        return None, f"{error} {error.advice}"


def _read(request: UserRequest, project: Project) -> HttpResponse:
    root, at = request.POST.get("root", ""), request.POST.get("at", "")
    names = request.POST.getlist("name")
    try:
        read_folder(
            project=project,
            created_by=request.user,
            root_id=root,
            names=names,
            key=request.POST.get("key", "")[:64],
        )
    except (ApplicationError, TrainyardError) as error:
        told = as_application_error(error)
        if told is None:
            raise
        sentences = [text for texts in told.fields.values() for text in texts]
        messages.error(request, " ".join(sentences) or told.message)
        back = reverse("corpora:server-folder", args=[project.pk])
        return redirect(f"{back}?{urlencode({'root': root, 'at': at})}")
    messages.success(request, _("The files are being read where they lie; nothing is copied."))
    return redirect("corpora:list", project.pk)
