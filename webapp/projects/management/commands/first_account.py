"""`manage.py first_account`: the first account from the environment, or the link that makes it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.projects.onboarding import admin_from_environment, setup_link


class Command(BaseCommand):
    """Does nothing once there is an account."""

    help = "Make the first account from TRAINYARD_ADMIN_USER, or print the one-time link."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the server listens, for the link."""
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the server")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was done, in one line."""
        user = admin_from_environment()
        if user is not None:
            self.stdout.write(f"Made the first account: {user.username}")
            return
        link = setup_link(options["url"])
        if link:
            self.stdout.write(f"Open this link once to make the first account: {link}")
