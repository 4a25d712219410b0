"""Which project a page is about: the one in its address, else the one used last.

Remembered in a cookie and not in the session, because reading a page must not write a row.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from webapp.projects.models import Membership, Project

COOKIE = "project"
COOKIE_AGE_SECONDS = 365 * 24 * 3600


def memberships_for(request: HttpRequest) -> list[Membership]:
    """The user's memberships with their projects, by project name; one query per request."""
    if not hasattr(request, "_memberships"):
        rows: list[Membership] = []
        if request.user.is_authenticated:
            rows = list(
                Membership.objects.filter(user=request.user)
                .select_related("project")
                .order_by("project__name", "project__created_at")
            )
        request._memberships = rows  # type: ignore[attr-defined]
    return request._memberships  # type: ignore[attr-defined, no-any-return]


def current_project(request: HttpRequest) -> Project | None:
    """The page's project; else the one of the cookie; else the first; None without any."""
    chosen: Project | None = getattr(request, "project", None)
    if chosen is not None:
        return chosen
    projects = [membership.project for membership in memberships_for(request)]
    remembered = request.COOKIES.get(COOKIE, "")
    matching = [project for project in projects if str(project.pk) == remembered]
    return next(iter(matching + projects), None)


class RememberProjectMiddleware(MiddlewareMixin):
    """Writes the cookie when a page of another project was opened."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        project: Project | None = getattr(request, "project", None)
        if project is not None and request.COOKIES.get(COOKIE) != str(project.pk):
            response.set_cookie(
                COOKIE,
                str(project.pk),
                max_age=COOKIE_AGE_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
        return response
