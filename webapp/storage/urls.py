"""HTML routes of the storage app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.storage import views

app_name = "storage"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/settings/storage/", views.storage, name="project"),
    path("artifacts/<uuid:artifact_id>/delete/", views.delete, name="delete"),
]
