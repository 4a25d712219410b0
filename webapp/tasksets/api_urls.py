"""REST routes under /api/v1/ of the task sets."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.tasksets import api

_SET = "task-sets/<uuid:tasks_id>/"
urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/task-sets/", api.TaskSets.as_view(), name="task-sets"),
    path(
        "projects/<uuid:project_id>/task-sets/preview/",
        api.TaskSetPreview.as_view(),
        name="task-set-preview",
    ),
    path(_SET, api.TaskSetDetail.as_view(), name="task-set"),
    path(_SET + "rows/", api.TaskSetRows.as_view(), name="task-set-rows"),
    path(_SET + "tokens/", api.TaskSetTokens.as_view(), name="task-set-tokens"),
]
