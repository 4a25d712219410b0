"""HTML routes of benchmarks and evaluations."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.evaluations import loss_views, preview_views, views

app_name = "evaluations"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/evaluations/", views.evaluations, name="list"),
    path("projects/<uuid:project_id>/evaluations/preview/", preview_views.preview, name="preview"),
    path(
        "projects/<uuid:project_id>/benchmarks/preview/",
        preview_views.preview_rows,
        name="preview-rows",
    ),
    path("benchmarks/<uuid:benchmark_id>/", views.benchmark, name="benchmark"),
    path("evaluations/<uuid:evaluation_id>/", views.evaluation, name="evaluation"),
    path("losses/<uuid:losses_id>/", loss_views.losses, name="losses"),
    path(
        "corpora/<uuid:corpus_id>/losses/<slug:doc_id>/",
        loss_views.of_document,
        name="losses-of-document",
    ),
    path(
        "losses/<uuid:losses_id>/documents/<int:document>/",
        loss_views.document,
        name="losses-document",
    ),
]
