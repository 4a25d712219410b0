"""REST routes under /api/v1/ of the storage app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.storage.api import ArtifactDerived

urlpatterns: list[URLPattern] = [
    path("artifacts/<uuid:artifact_id>/derived/", ArtifactDerived.as_view(), name="derived"),
]
