"""Processes that carry the mark of a job of this home though no wrapper of that job lives."""

from __future__ import annotations

import logging
import signal
import uuid
from pathlib import Path

from django.conf import settings

from training.folder.layout import JobFolder
from training.folder.locks import is_tree_alive
from training.wrapper.command import JOB_MARK
from training.wrapper.processes import marked, send
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.jobs.supervision.patience import Patience

log = logging.getLogger(__name__)

#: A wrapper carries the mark before it has its lock; nothing younger than this is a stray.
_YOUNG_SECONDS = 6.0


def hunt(patience: Patience) -> int:
    """End the strays that have been strays for a while; how many."""
    jobs = settings.TRAINYARD_HOME / "jobs"
    found = [
        (process, Path(text)) for process, text in marked(JOB_MARK) if Path(text).parent == jobs
    ]
    protected = {root for root in {root for _, root in found} if _is_protected(root)}
    ended = 0
    for process, root in found:
        key = ("stray", process.pid, process.create_time())
        if patience.seconds(key, root in protected) < _YOUNG_SECONDS or root in protected:
            continue
        log.warning("process %s is a stray of job %s and is ended", process.pid, root.name)
        send([process], signal.SIGKILL)
        ended += 1
    return ended


def _is_protected(root: Path) -> bool:
    """Whether a wrapper lives there, or is about to; what cannot be looked at is left alone."""
    try:
        if is_tree_alive(JobFolder(root).wrapper_lock):
            return True
    except OSError:
        return True
    try:
        job_id = uuid.UUID(root.name)
    except ValueError:
        return False
    return Job.objects.filter(pk=job_id, state=State.STARTING).exists()
