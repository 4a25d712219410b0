"""``manage.py supervisor``: hold rows against folders until told to end."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from webapp.jobs.supervision.loop import run_until_told


class Command(BaseCommand):
    """One per home folder; a second one ends at once."""

    help = "Reconcile jobs with their folders, resume and schedule them, every two seconds."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not run_until_told():
            self.stdout.write("Another supervisor serves this home folder; nothing to do.")
