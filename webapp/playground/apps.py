"""Django app: playground."""

from __future__ import annotations

from django.apps import AppConfig


class PlaygroundConfig(AppConfig):
    """Registers the app."""

    name = "webapp.playground"
    default_auto_field = "django.db.models.BigAutoField"
