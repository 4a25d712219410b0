"""Django app: runs."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class RunsConfig(AppConfig):
    """Registers the app; sockets end with the session that opened them."""

    name = "webapp.runs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Logging out closes the sockets of that session at once, not at the next check."""
        user_logged_out.connect(_close_sockets, dispatch_uid="close sockets")


def _close_sockets(request: Any, **_signal: Any) -> None:
    from webapp.runs.live.sockets import close_session

    key = request.session.session_key if request is not None else None
    if key:
        close_session(key)
