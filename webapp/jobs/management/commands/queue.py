"""``manage.py queue``: the consumer of tasks, one thread per lane in one process.

Threads, because worker processes outlive a killed parent and go on taking tasks (measured).
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils.module_loading import autodiscover_modules

from webapp.jobs.embedded.farewell import end_jobs
from webapp.jobs.lanes import serve
from webapp.jobs.supervision.machine import queue_seen

_BEAT_SECONDS = 5.0


class Command(BaseCommand):
    """Runs until SIGTERM; what it was doing the supervisor asks for again."""

    help = "Take short tasks from the queue: launch, schedule, delete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ends-jobs",
            action="store_true",
            help="ask running jobs to save before ending (in a container they end with the queue)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        autodiscover_modules("tasks")
        threading.Thread(target=_beat_for_ever, daemon=True).start()
        serve()
        if options["ends_jobs"]:
            end_jobs(self.stdout.write, _wait)


def _wait(seconds: float) -> bool:
    """A container's engine asks once and then kills; nobody loses patience before."""
    time.sleep(seconds)
    return False


def _beat_for_ever() -> None:
    while True:
        close_old_connections()
        # A busy or restarting database costs one beat, not the thread.
        with contextlib.suppress(DatabaseError):
            queue_seen()
        time.sleep(_BEAT_SECONDS)
