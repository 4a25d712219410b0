"""What every page's shell needs: navigation, the project and its switcher, theme, the role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from webapp.core.navigation import nav_links
from webapp.core.roles import Role
from webapp.projects.current import current_project, memberships_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Costs one query for a page, whatever the number of projects."""
    user = getattr(request, "user", None)
    base = {"release": settings.VERSION, "theme": getattr(user, "theme", "auto")}
    if user is None or not user.is_authenticated:
        return base
    project = current_project(request)
    memberships = memberships_for(request)
    role = next((Role(row.role) for row in memberships if row.project == project), Role.VIEWER)
    return base | {
        "current_project": project,
        "memberships": memberships,
        "nav": nav_links(project.pk if project else None, request.path),
        "role": role,
        "can_edit": role.covers(Role.EDITOR),
        "can_manage": role.covers(Role.OWNER),
    }
