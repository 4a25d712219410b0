"""Django app: evaluations."""

from __future__ import annotations

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.evaluations"
    default_auto_field = "django.db.models.BigAutoField"
