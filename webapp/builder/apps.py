"""Django app: builder."""

from __future__ import annotations

from django.apps import AppConfig


class BuilderConfig(AppConfig):
    """Registers the app; it has no tables, a draft lives in its form."""

    name = "webapp.builder"
    default_auto_field = "django.db.models.BigAutoField"
