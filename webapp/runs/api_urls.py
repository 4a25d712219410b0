"""REST routes under /api/v1/ of the runs app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs import api, compare_api, log_api, seen_api, series_api, step_api

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/runs/", api.Runs.as_view(), name="runs"),
    path("projects/<uuid:project_id>/small-run/", api.SmallRun.as_view(), name="small-run"),
    path("projects/<uuid:project_id>/compare/", compare_api.Compare.as_view(), name="compare"),
    path("runs/<uuid:job_id>/", api.RunDetail.as_view(), name="run"),
    path("runs/<uuid:job_id>/series/", series_api.Series.as_view(), name="run-series"),
    path("runs/<uuid:job_id>/steps/<int:step>/", step_api.Step.as_view(), name="run-step"),
    path("runs/<uuid:job_id>/steps/<int:step>/batch/", step_api.Batch.as_view(), name="run-batch"),
    path("runs/<uuid:job_id>/seen/", seen_api.Seen.as_view(), name="run-seen"),
    path("runs/<uuid:job_id>/log/", log_api.LogSearch.as_view(), name="run-log"),
    path("jobs/<uuid:job_id>/live/", api.Live.as_view(), name="job-live"),
]
