"""HTML routes of the tokenizers app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.tokenizers import compare_views, extend_views, views

app_name = "tokenizers"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/tokenizers/", views.result_list, name="list"),
    path("projects/<uuid:project_id>/tokenizers/compare/", compare_views.compare, name="compare"),
    path("projects/<uuid:project_id>/tokenizers/extend/", extend_views.extend, name="extend"),
    path(
        "tokenizers/comparisons/<uuid:comparison_id>/",
        compare_views.comparison,
        name="comparison",
    ),
    path("tokenizers/<uuid:result_id>/", views.detail, name="detail"),
]
