"""HTML routes of the core app: health, and the pattern page where developers work."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from webapp.core import views

app_name = "core"
urlpatterns: list[URLPattern] = [
    path("healthz", views.healthz, name="healthz"),
    path("api/v1/docs/", views.api_docs, name="api-docs"),
]
if settings.SHOW_PATTERNS:
    urlpatterns.append(path("patterns/", views.patterns, name="patterns"))
