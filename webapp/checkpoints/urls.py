"""HTML routes of the checkpoints app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.checkpoints import views

app_name = "checkpoints"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/checkpoints/", views.model_list, name="list"),
    path("runs/<uuid:job_id>/checkpoints/", views.of_run, name="of-run"),
    path("runs/<uuid:job_id>/checkpoints/<int:step>/verify/", views.verify, name="verify"),
]
