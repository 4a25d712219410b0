"""One job's row held against its folder.

What the folder says about fact is written into the row, what the row says about intent into the
folder.
"""

from __future__ import annotations

import logging
import os

from django.conf import settings
from django.utils import timezone

from training.wrapper.command import JOB_MARK
from training.wrapper.processes import end_strays
from webapp.jobs import tasks
from webapp.jobs.models import Job
from webapp.jobs.services.control import request_again, show_request
from webapp.jobs.services.ending import end_as_lost, end_with_exit
from webapp.jobs.services.states import change_state, set_reason
from webapp.jobs.states import State, Wanted
from webapp.jobs.supervision.facts import Facts, read_facts
from webapp.jobs.supervision.patience import Patience

log = logging.getLogger(__name__)

MAX_LAUNCHES = 5
_STRAY_SECONDS = 5.0
_LOG_BYTES = 400


def reconcile(job: Job, patience: Patience) -> None:
    """Bring one active job's row up to date."""
    if job.state == State.QUEUED:
        _look_at_queued(job, patience)
        return
    facts = read_facts(job.folder)
    if facts.attempt < job.attempt:
        _look_at_unborn(job, facts, patience)
    elif facts.is_alive:
        _look_at_living(job, facts, patience)
    elif facts.exit is not None:
        log.info("job %s attempt %s ended: %s", job.pk, job.attempt, facts.exit.get("kind"))
        end_with_exit(job, facts.exit)
    elif not facts.has_wrapper:
        # With one it is about to say how it ended, or has not yet taken the tree's lock again.
        _look_at_vanished(job)


def _look_at_queued(job: Job, patience: Patience) -> None:
    """The queue has had its time: ask again (the task does nothing when it was done)."""
    waited = patience.seconds((job.pk, "queued"), (job.attempt, job.num_launches))
    if waited <= settings.JOBS.launch_patience_seconds:
        return
    patience.start_again((job.pk, "queued"))
    was_lost = tasks.launch(job.pk, job.attempt)
    if was_lost:
        log.warning("job %s attempt %s: launch was lost, asked again", job.pk, job.attempt)
    set_reason(job, "requeued" if was_lost else "queue_behind")


def _look_at_unborn(job: Job, facts: Facts, patience: Patience) -> None:
    """No wrapper has recorded this attempt yet: wait a while, launch again, give up at last."""
    if facts.is_alive or facts.has_wrapper:
        return
    sight = (job.attempt, job.num_launches)
    waited = patience.seconds((job.pk, "unborn"), sight)
    if waited <= settings.JOBS.launch_patience_seconds:
        return
    if job.state != State.STARTING:
        # Its folder was there once and has been put back to an older state.
        end_as_lost(job)
    elif job.num_launches >= MAX_LAUNCHES:
        data = {"tries": job.num_launches, "message": _last_words(job)}
        change_state(job, State.FAILED, "not_launched", data=data)
    elif change_state(job, State.QUEUED, "requeued"):
        tasks.launch(job.pk, job.attempt)


def _look_at_living(job: Job, facts: Facts, patience: Patience) -> None:
    if not facts.has_wrapper:
        _end_headless(job, patience)
        return
    if job.state == State.STARTING:
        change_state(job, State.RUNNING, "running", started_at=job.started_at or timezone.now())
    if job.wanted != Wanted.RUN:
        if not job.folder.stop.exists() or job.state == State.RUNNING:
            request_again(job)
        else:
            show_request(job)
        return
    still = patience.seconds((job.pk, "beat"), (job.attempt, facts.num_beats))
    if facts.is_suspended:
        set_reason(job, "suspended")
    elif still > settings.JOBS.frozen_seconds:
        # Rounded, so that the sentence is not written anew at every look.
        set_reason(job, "frozen", data={"minutes": int(still // 60)})
    else:
        set_reason(job, "running")


def _end_headless(job: Job, patience: Patience) -> None:
    """Processes without a wrapper: they should have died with it; end them by their mark."""
    waited = patience.seconds((job.pk, "headless"), job.attempt)
    if waited >= settings.JOBS.tick_seconds:
        num_ended = end_strays(JOB_MARK, str(job.folder.root), _STRAY_SECONDS)
        log.warning("job %s: ended %s processes without a wrapper", job.pk, num_ended)


def _look_at_vanished(job: Job) -> None:
    """Dead without exit.json. What carries the mark but no lock goes before anything is said."""
    num_ended = end_strays(JOB_MARK, str(job.folder.root), _STRAY_SECONDS)
    log.warning("job %s attempt %s is lost; %s strays ended", job.pk, job.attempt, num_ended)
    end_as_lost(job)


def _last_words(job: Job) -> str:
    """The last line of its log: a sentence, or what stands below a traceback."""
    try:
        with job.folder.log.open("rb") as log_file:
            log_file.seek(max(0, log_file.seek(0, os.SEEK_END) - _LOG_BYTES))
            lines = log_file.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else "it left no word in its log."
