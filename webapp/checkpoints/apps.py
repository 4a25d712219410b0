"""Django app: checkpoints."""

from __future__ import annotations

from django.apps import AppConfig


class CheckpointsConfig(AppConfig):
    """Registers the app."""

    name = "webapp.checkpoints"
    default_auto_field = "django.db.models.BigAutoField"
