"""Django app: tokenizers."""

from __future__ import annotations

from django.apps import AppConfig


class TokenizersConfig(AppConfig):
    """Registers the app; its rows are artifacts."""

    name = "webapp.tokenizers"
    default_auto_field = "django.db.models.BigAutoField"
