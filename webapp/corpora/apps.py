"""Django app: corpora."""

from __future__ import annotations

from django.apps import AppConfig


class CorporaConfig(AppConfig):
    """Registers the app."""

    name = "webapp.corpora"
    default_auto_field = "django.db.models.BigAutoField"
