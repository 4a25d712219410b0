"""Asking what runs to save before the process that carries it goes: `up`, or a queue's container.

Not stopping by wish of a person (`webapp.jobs.services.control`): who is asked here goes on at the
next start.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import ngettext

from training.folder.locks import is_tree_alive
from training.units import format_seconds
from training.wrapper.command import JOB_MARK
from training.wrapper.processes import marked
from webapp.jobs.models import Job
from webapp.jobs.services.control import shutdown_request_all

_POLL_SECONDS = 0.5
#: After SIGKILL to the last process of a job.
_AFTER_GRACE_SECONDS = 40.0


def end_jobs(say: Callable[[str], None], told: Callable[[float], bool]) -> None:
    """Ask every living job to save and return when none is left or its time is over.

    ``told`` waits so many seconds and says whether somebody has lost patience: then they are ended
    without saving.
    """
    grace = settings.JOBS.stop_grace_seconds
    asked = shutdown_request_all(grace_seconds=grace)
    if not asked:
        return
    sentence = ngettext(
        "Asking %(number)d running job to save, for up to %(span)s. "
        "Ctrl-C again ends it without saving.",
        "Asking %(number)d running jobs to save, for up to %(span)s. "
        "Ctrl-C again ends them without saving.",
        len(asked),
    )
    say(sentence % {"number": len(asked), "span": format_seconds(grace)})
    deadline = time.monotonic() + grace + _AFTER_GRACE_SECONDS
    while any(_lives(job) for job in asked) and time.monotonic() < deadline:
        if told(_POLL_SECONDS):
            shutdown_request_all(grace_seconds=0.01)


def _lives(job: Job) -> bool:
    """A wrapper that has not yet taken its lock is known by its mark."""
    root = job.folder.root
    return is_tree_alive(job.folder.tree_lock) or any(True for _ in marked(JOB_MARK, str(root)))
