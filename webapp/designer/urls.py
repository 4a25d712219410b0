"""HTML routes of the designer app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.designer import views

app_name = "designer"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/models/design/", views.design, name="design"),
    path("projects/<uuid:project_id>/models/design/live/", views.live, name="live"),
]
