"""The supervisor's round: reconcile, let go on, schedule, sweep; a broken round is not the last.

One at a time per home folder, by flock: a second one says so and ends. Each step is a boundary at
which any exception is caught, as each job is (`webapp.jobs.services.isolation`): a supervisor that
died of one of them would die of it again, and look after nothing.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from django.conf import settings
from django.db import close_old_connections

from training.folder.locks import FolderLock
from training.registry import load_dotted
from webapp.jobs import tasks
from webapp.jobs.models import Job
from webapp.jobs.selectors import jobs_that_may_go_on
from webapp.jobs.services import leases
from webapp.jobs.services.deletion import trash_folder
from webapp.jobs.services.ending import go_on
from webapp.jobs.services.isolation import kept_apart
from webapp.jobs.services.scheduling import schedule_waiting
from webapp.jobs.states import ACTIVE
from webapp.jobs.supervision.machine import beat
from webapp.jobs.supervision.patience import Patience
from webapp.jobs.supervision.reconcile import reconcile
from webapp.jobs.supervision.strays import hunt

log = logging.getLogger(__name__)

_ROUNDS_PER_HUNT = 2
#: What is done now and then: a killed queue may have left it undone. "module:function" each.
SWEEPS = (
    "webapp.jobs.supervision.loop:sweep_trash",
    "webapp.corpora.tasks:sweep",
    "webapp.checkpoints.tasks:ask_again",
)
_ROUNDS_PER_SWEEP = 30
_FORGET_SECONDS = 600.0


class Supervisor:
    """Call ``round`` again and again."""

    def __init__(self) -> None:
        self.patience = Patience()
        self.num_rounds = 0

    def round(self) -> None:
        """One look at everything; what goes wrong with one job does not keep the others waiting."""
        close_old_connections()
        self.guarded(beat)
        self.reconcile_all()
        self.let_go_on()
        self.guarded(schedule_waiting)
        self.guarded(leases.renew_and_sweep)
        if self.num_rounds % _ROUNDS_PER_HUNT == 0:
            self.guarded(hunt, self.patience)
        if self.num_rounds % _ROUNDS_PER_SWEEP == 0:
            for place in SWEEPS:
                self.guarded(load_dotted(place))
            self.patience.forget_older(_FORGET_SECONDS)
        self.num_rounds += 1

    def reconcile_all(self) -> None:
        """Rows against folders, for every job that has or may have a process."""
        for job in Job.objects.filter(state__in=ACTIVE).select_related("project", "created_by"):
            with kept_apart(job):
                reconcile(job, self.patience)

    def let_go_on(self) -> None:
        """Put back into the queue what was interrupted and resumes by itself."""
        for job in jobs_that_may_go_on():
            with kept_apart(job):
                go_on(job)

    def guarded(self, step: Callable[..., object], *arguments: object) -> None:
        """Do one step; what goes wrong in it is logged, and it is tried again next round."""
        try:
            step(*arguments)
        except Exception:
            log.exception("a step of the round failed and is tried again in the next one")


def run_until_told() -> bool:
    """Rounds until SIGTERM or SIGINT; False when another supervisor has this home."""
    lock = FolderLock(settings.TRAINYARD_HOME / "supervisor.lock")
    if not lock.try_exclusive():
        lock.close()
        return False
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    supervisor = Supervisor()
    while not told.is_set():
        supervisor.guarded(supervisor.round)
        told.wait(settings.JOBS.tick_seconds)
    lock.close()
    return True


def sweep_trash() -> None:
    """Folders whose deletion a killed queue left undone."""
    if trash_folder().is_dir():
        for folder in trash_folder().iterdir():
            tasks.delete_folder(folder.name)
