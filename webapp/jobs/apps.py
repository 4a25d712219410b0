"""Django app: jobs."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.jobs"
    default_auto_field = "django.db.models.BigAutoField"
