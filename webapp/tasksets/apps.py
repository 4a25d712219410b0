"""Django app: task sets."""

from __future__ import annotations

from django.apps import AppConfig


class TasksetsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.tasksets"
    default_auto_field = "django.db.models.BigAutoField"
