"""REST routes under /api/v1/ of the builder app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.builder import api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/check/", api.Check.as_view(), name="check"),
    path("projects/<uuid:project_id>/first-batch/", api.FirstBatch.as_view(), name="first-batch"),
    path("jobs/<uuid:job_id>/settings/", api.JobSettings.as_view(), name="job-settings"),
]
