"""HTML routes of the reports app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.reports import corpus_views, views

app_name = "reports"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/reports/", views.report_list, name="list"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("runs/<uuid:job_id>/report/", views.of_run, name="of-run"),
    path("runs/<uuid:job_id>/report/write/", views.write, name="write"),
    path("corpora/<uuid:corpus_id>/report/", corpus_views.of_corpus, name="of-corpus"),
]
