"""REST routes under /api/v1/ of the tokenizers app; its rows are read as any artifact's."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.tokenizers import api

_IN_PROJECT = "projects/<uuid:project_id>/"
urlpatterns: list[URLPattern] = [
    path(
        _IN_PROJECT + "tokenizer-comparisons/",
        api.Comparisons.as_view(),
        name="tokenizer-comparisons",
    ),
    path(_IN_PROJECT + "cut-text/", api.CutText.as_view(), name="cut-text"),
    path(
        "tokenizer-comparisons/<uuid:comparison_id>/",
        api.ComparisonDetail.as_view(),
        name="tokenizer-comparison",
    ),
]
