"""Django app: reports."""

from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.reports"
    default_auto_field = "django.db.models.BigAutoField"
