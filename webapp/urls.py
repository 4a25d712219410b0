"""All routes: one include per app for pages, one for the API (namespace `api`)."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path

APPS = [
    "core",
    "accounts",
    "projects",
    "jobs",
    "corpora",
    "tasksets",
    "tokenizers",
    "builder",
    "designer",
    "runs",
    "ablations",
    "checkpoints",
    "evaluations",
    "reports",
    "storage",
    "playground",
]


def _api_routes() -> list[URLPattern | URLResolver]:
    return [route for app in APPS for route in import_module(f"webapp.{app}.api_urls").urlpatterns]


urlpatterns = [
    path("api/v1/", include((_api_routes(), "api"))),
    *(path("", include(f"webapp.{app}.urls")) for app in APPS),
]

handler400 = "webapp.core.views.bad_request"
handler403 = "webapp.core.views.permission_denied"
handler404 = "webapp.core.views.not_found"
handler500 = "webapp.core.views.server_error"
