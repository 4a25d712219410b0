"""Django app: storage."""

from __future__ import annotations

from django.apps import AppConfig


class StorageConfig(AppConfig):
    """Registers the app."""

    name = "webapp.storage"
    default_auto_field = "django.db.models.BigAutoField"
