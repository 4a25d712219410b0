"""``manage.py up``: everything on this machine, under one parent, with one link to open."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from webapp.accounts.services import setup_token_create
from webapp.jobs.embedded import preparation
from webapp.jobs.embedded.parent import Parent
from webapp.projects.onboarding import admin_from_environment

DEFAULT_PORT = 8000


class Command(BaseCommand):
    """``--home`` is read by manage.py, before the settings are."""

    help = "Start web, queue, supervisor and helper; Ctrl-C ends all of it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--home", help="folder of all data (default: TRAINYARD_HOME)")

    def handle(self, *_args: Any, **options: Any) -> None:
        lock = preparation.lock_home()
        listener = preparation.listening_socket(options["host"], options["port"])
        preparation.migrate()
        admin_from_environment()
        if preparation.collect_static():
            self._say("Static files are prepared.")
        parent = Parent(listener, self._say)
        try:
            if parent.start():
                self._say(f"Trainyard is ready: {_link(listener.getsockname())}")
                parent.serve()
            elif not parent.was_told:
                raise CommandError("The web process did not start; log/web.log says why.")
        finally:
            parent.end()
            lock.close()
        self._say("Trainyard has ended; nothing is left running.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _link(address: tuple[Any, ...]) -> str:
    """With the one-time token as long as there is no account."""
    host, port = address[:2]
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host
    base = f"http://{shown}:{port}"
    token = setup_token_create()
    return f"{base}{reverse('projects:setup')}?token={token}" if token else f"{base}/"
