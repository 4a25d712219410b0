"""HTML routes of the ablations app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.ablations import views

app_name = "ablations"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/ablations/", views.index, name="list"),
    path("projects/<uuid:project_id>/ablations/new/", views.new, name="new"),
    path("ablations/<uuid:group_id>/", views.detail, name="detail"),
]
