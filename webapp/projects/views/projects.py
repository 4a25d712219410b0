"""Home, the list of projects, a project's overview and settings."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.core.access import open_for
from webapp.core.panels import home_panels
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.projects import selectors, services
from webapp.projects.current import current_project
from webapp.projects.forms import DeleteForm, ProjectForm
from webapp.projects.models import Project


@require_safe
def home(request: UserRequest) -> HttpResponse:
    """To the project used last, or to the list when there is none."""
    project = current_project(request)
    if project is None:
        return redirect("projects:list")
    return redirect("projects:overview", project_id=project.pk)


@require_safe
def project_list(request: UserRequest) -> HttpResponse:
    """All projects of the user."""
    context = {"projects": selectors.projects_of(request.user)}
    return render(request, "projects/list.html", context)


@require_http_methods(["GET", "POST"])
def project_new(request: UserRequest) -> HttpResponse:
    """Make a project; whoever makes it owns it."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST":
        name = form.data.get("name", "")
        project = form.attempt(services.project_create, owner=request.user, name=name)
        if project:
            return redirect("projects:overview", project_id=project.pk)
    return render(request, "projects/new.html", {"form": form})


@require_safe
def overview(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The project's home: the panels that the other apps put there."""
    project = open_for(request, Project, project_id)
    context = {"project": project, "panels": home_panels(request, project)}
    return render(request, "projects/overview.html", context)


@require_http_methods(["GET", "POST"])
def settings(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """The name, for everybody to read and for owners to change."""
    role = Role.OWNER if request.method == "POST" else Role.VIEWER
    project = open_for(request, Project, project_id, role)
    form = ProjectForm(request.POST or None, initial={"name": project.name})
    if request.method == "POST":
        name = form.data.get("name", "")
        if form.attempt(services.project_rename, project=project, name=name):
            messages.success(request, _("The project is renamed."))
            return redirect("projects:settings", project_id=project.pk)
    context = {"form": form, "delete_form": DeleteForm(expected=project.name), "tab": "settings"}
    return render(request, "projects/settings.html", context | {"project": project})


@require_POST
def delete(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Delete an empty project after its name was typed."""
    project = open_for(request, Project, project_id, Role.OWNER)
    form = DeleteForm(request.POST, expected=project.name)
    form.attempt(services.project_delete, project=project)
    if form.is_valid():
        messages.success(request, _("The project is deleted."))
        return redirect("projects:list")
    name_form = ProjectForm(initial={"name": project.name})
    context = {"project": project, "form": name_form, "delete_form": form, "tab": "settings"}
    return render(request, "projects/settings.html", context)
