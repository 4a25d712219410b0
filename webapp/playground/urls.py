"""HTML routes of the playground."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.playground import views

app_name = "playground"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/playground/", views.index, name="index"),
    path("playground/<uuid:session_id>/", views.session, name="session"),
    path("playground/<uuid:session_id>/state/", views.state, name="state"),
]
