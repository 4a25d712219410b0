"""REST routes under /api/v1/ of the reports app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.reports import api, corpus_api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/reports/", api.Reports.as_view(), name="reports"),
    path("runs/<uuid:job_id>/report/", api.RunReport.as_view(), name="run-report"),
    path(
        "corpora/<uuid:corpus_id>/reports/",
        corpus_api.CorpusReports.as_view(),
        name="corpus-reports",
    ),
]
