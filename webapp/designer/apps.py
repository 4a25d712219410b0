"""Django app: designer."""

from __future__ import annotations

from django.apps import AppConfig


class DesignerConfig(AppConfig):
    """Registers the app; it has no tables, a design lives in its form and in its address."""

    name = "webapp.designer"
    default_auto_field = "django.db.models.BigAutoField"
