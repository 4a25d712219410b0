"""The states of a job and which may follow which; nothing else decides that.

How a state looks is in `webapp.core.states`; why a job is in it, in `webapp.jobs.reasons`.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a job stands."""

    WAITING = "waiting", _("Waiting")
    QUEUED = "queued", _("Queued")
    STARTING = "starting", _("Starting")
    RUNNING = "running", _("Running")
    STOPPING = "stopping", _("Stopping")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    LOST = "lost", _("Lost")


class Wanted(TextChoices):
    """What people (or the parent process) want of a job; the folder says what is."""

    RUN = "run", _("Run")
    STOP = "stop", _("Stop")
    PAUSE = "pause", _("Pause")
    #: Asked by the parent process that is ending; resumed at its next start.
    SHUTDOWN = "shutdown", _("Pause for a restart")


_ENDS = {State.PAUSED, State.FINISHED, State.FAILED, State.STOPPED, State.LOST}

#: state -> states that may follow.
TRANSITIONS: dict[State, set[State]] = {
    State.WAITING: {State.QUEUED, State.STOPPED, State.FAILED},
    State.QUEUED: {State.STARTING, State.WAITING, State.STOPPED, State.PAUSED, State.FAILED},
    State.STARTING: {State.QUEUED, State.WAITING, State.RUNNING, State.STOPPING} | _ENDS,
    State.RUNNING: {State.STOPPING} | _ENDS,
    State.STOPPING: set(_ENDS),
    State.PAUSED: {State.WAITING, State.STOPPED},
    State.FINISHED: set(),
    State.FAILED: {State.WAITING},
    State.STOPPED: {State.WAITING},
    State.LOST: {State.WAITING, State.STOPPED},
}

#: Holds leases, or is about to.
ACTIVE = frozenset({State.QUEUED, State.STARTING, State.RUNNING, State.STOPPING})
#: Has a process, or may have one.
LIVE = frozenset({State.STARTING, State.RUNNING, State.STOPPING})
#: Will not go on by itself.
ENDED = frozenset(_ENDS)
#: Can be started again by hand.
RESUMABLE = frozenset({State.PAUSED, State.FAILED, State.STOPPED, State.LOST})


def may_follow(before: str, after: str) -> bool:
    """Whether a job in state ``before`` may go to ``after``."""
    return State(after) in TRANSITIONS[State(before)]
