"""HTML routes of the task sets."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.tasksets import views

app_name = "tasksets"
_SET = "task-sets/<uuid:tasks_id>/"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/task-sets/", views.task_sets, name="list"),
    path("projects/<uuid:project_id>/task-sets/new/", views.new, name="new"),
    path("projects/<uuid:project_id>/task-sets/preview/", views.preview, name="preview"),
    path(_SET, views.detail, name="detail"),
    path(_SET + "rows/", views.rows, name="rows"),
    path(_SET + "tokens/", views.tokens, name="tokens"),
    path(_SET + "delete/", views.delete, name="delete"),
]
