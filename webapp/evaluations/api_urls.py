"""REST routes under /api/v1/ of benchmarks and evaluations."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.evaluations import api, loss_api, preview_api

_EVALUATION = "evaluations/<uuid:evaluation_id>/"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/benchmarks/", api.Benchmarks.as_view(), name="benchmarks"),
    path("benchmarks/<uuid:benchmark_id>/", api.BenchmarkDetail.as_view(), name="benchmark"),
    path("projects/<uuid:project_id>/evaluations/", api.Evaluations.as_view(), name="evaluations"),
    path(
        "projects/<uuid:project_id>/evaluations/preview/",
        preview_api.Preview.as_view(),
        name="evaluation-preview",
    ),
    path(_EVALUATION, api.EvaluationDetail.as_view(), name="evaluation"),
    path(_EVALUATION + "items/", api.EvaluationItems.as_view(), name="evaluation-items"),
    path("projects/<uuid:project_id>/losses/", loss_api.LossesList.as_view(), name="losses-list"),
    path("losses/<uuid:losses_id>/", loss_api.LossesDetail.as_view(), name="losses"),
    path(
        "losses/<uuid:losses_id>/documents/<int:document>/",
        loss_api.LossesDocument.as_view(),
        name="losses-document",
    ),
]
