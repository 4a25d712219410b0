"""HTML routes of the builder app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.builder import views

app_name = "builder"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/runs/new/<slug:page>/", views.new, name="new"),
    path("projects/<uuid:project_id>/runs/new/<slug:page>/check/", views.check, name="check"),
    path("projects/<uuid:project_id>/runs/new/<slug:page>/batch/", views.batch, name="batch"),
    path("jobs/<uuid:job_id>/settings/", views.job_settings, name="job-settings"),
]
