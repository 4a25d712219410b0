"""Django app: projects."""

from __future__ import annotations

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.projects"
    default_auto_field = "django.db.models.BigAutoField"
