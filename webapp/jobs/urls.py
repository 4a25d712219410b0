"""HTML routes of the jobs app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.jobs import views

app_name = "jobs"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/queue/", views.queue, name="queue"),
    path("projects/<uuid:project_id>/calibrate/", views.calibrate, name="calibrate"),
    path("jobs/<uuid:job_id>/move/", views.move, name="move"),
    *(
        path(f"jobs/<uuid:job_id>/{action}/", views.ask, {"action": action}, name=action)
        for action in views.ACTIONS
    ),
]
