"""Django app: ablations."""

from __future__ import annotations

from django.apps import AppConfig


class AblationsConfig(AppConfig):
    """Registers the app; it has no tables, an ablation is a group of jobs."""

    name = "webapp.ablations"
    default_auto_field = "django.db.models.BigAutoField"
