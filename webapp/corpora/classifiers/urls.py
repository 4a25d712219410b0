"""Routes of classifiers: pages and REST, taken into those of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora.classifiers import api, views

_ONE = "classifiers/<uuid:classifier_id>/"

PAGES: list[URLPattern] = [
    path(
        "projects/<uuid:project_id>/corpora/classifiers/",
        views.classifier_list,
        name="classifiers",
    ),
    path(_ONE, views.classifier, name="classifier"),
]

API: list[URLPattern] = [
    path("projects/<uuid:project_id>/classifiers/", api.Classifiers.as_view(), name="classifiers"),
    path(_ONE, api.ClassifierDetail.as_view(), name="classifier"),
]
