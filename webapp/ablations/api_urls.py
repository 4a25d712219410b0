"""REST routes of the ablations app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.ablations import api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/ablations/", api.Ablations.as_view(), name="ablations"),
    path("ablations/<uuid:group_id>/", api.AblationVerdict.as_view(), name="ablation"),
]
