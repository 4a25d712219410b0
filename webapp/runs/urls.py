"""HTML routes of the runs app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs import compare_views, log_views, seen_views, step_views, views

app_name = "runs"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/runs/", views.run_list, name="list"),
    path("projects/<uuid:project_id>/runs/compare/", compare_views.compare, name="compare"),
    path("projects/<uuid:project_id>/small-run/", views.small, name="small"),
    path("projects/<uuid:project_id>/running/", views.running, name="running"),
    path("runs/<uuid:job_id>/", views.charts, name="detail"),
    path("runs/<uuid:job_id>/log/", log_views.log, name="log"),
    path("runs/<uuid:job_id>/samples/", views.samples, name="samples"),
    path("runs/<uuid:job_id>/system/", views.system, name="system"),
    path("runs/<uuid:job_id>/step/", step_views.step, name="step"),
    path("runs/<uuid:job_id>/batch/", step_views.batch, name="batch"),
    path("runs/<uuid:job_id>/seen/", seen_views.seen, name="seen"),
    path("runs/<uuid:job_id>/events/", views.events, name="events"),
    path("runs/<uuid:job_id>/settings/", views.settings, name="settings"),
    path("runs/<uuid:job_id>/chain/", views.chain, name="chain"),
    path("runs/<uuid:job_id>/rename/", views.rename, name="rename"),
    path("runs/<uuid:job_id>/clone/", views.clone, name="clone"),
]
