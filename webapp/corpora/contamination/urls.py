"""Routes of searches for evaluation sets: pages and REST, taken into those of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora.contamination import api, views

_SEARCH = "contamination/<uuid:contamination_id>/"

PAGES: list[URLPattern] = [
    path(_SEARCH, views.contamination, name="contamination"),
    path(_SEARCH + "without/", views.contamination_without, name="contamination-without"),
]

API: list[URLPattern] = [
    path(
        "projects/<uuid:project_id>/contamination/",
        api.Contaminations.as_view(),
        name="contaminations",
    ),
    path(_SEARCH, api.ContaminationDetail.as_view(), name="contamination"),
    path(_SEARCH + "hits/", api.ContaminationHits.as_view(), name="contamination-hits"),
]
