"""What people ask of a job: stop, pause, resume, cancel, move. The row first, then the folder.

The request file may be lost (a wrapper that is just starting forgets old ones); the supervisor
writes it again as long as the row says that it is wanted.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from training.wrapper.stopping import write_stop_request
from webapp.core.errors import ApplicationError
from webapp.jobs import tasks
from webapp.jobs.models import Job
from webapp.jobs.services import leases
from webapp.jobs.services.states import change_state, next_version, set_reason
from webapp.jobs.states import LIVE, State, Wanted

#: What the request file says, and the reason shown, for each wish.
_REQUESTS = {
    Wanted.STOP: ("stop", "stop_wanted"),
    Wanted.PAUSE: ("pause", "pause_wanted"),
    Wanted.SHUTDOWN: ("pause", "shutdown_wanted"),
}
MAX_PRIORITY = 10


def job_stop(*, job: Job) -> Job:
    """Ask it to save and stop; a job that has not started is cancelled."""
    if job.state == State.PAUSED:
        change_state(job, State.STOPPED, "stopped", wanted=Wanted.STOP)
        return job
    return _ask(job, Wanted.STOP)


def job_pause(*, job: Job) -> Job:
    """Ask it to save and make room; resume continues it."""
    return _ask(job, Wanted.PAUSE)


def job_resume(*, job: Job) -> Job:
    """Start it again where it was saved; automatic resumes are counted from 0 again."""
    if not job.may_resume:
        raise _refused(_("It is %(state)s; only a job that was interrupted can be resumed."), job)
    if change_state(job, State.WAITING, "resume", wanted=Wanted.RUN, num_resumes=0, ended_at=None):
        tasks.schedule()
    return job


def job_cancel(*, job: Job) -> Job:
    """Take a job that has not started out of the queue."""
    if not job.may_cancel:
        raise _refused(_("It is %(state)s; only a job that has not started is cancelled."), job)
    if not change_state(job, State.STOPPED, "cancelled", wanted=Wanted.STOP):
        raise _refused(_("It was started a moment ago; stop it instead."), job)
    leases.release(job)
    return job


@transaction.atomic
def job_move(*, job: Job, up: bool) -> Job:
    """Change places with the project's next waiting job in that direction, if there is one."""
    if job.state != State.WAITING:
        raise _refused(_("It is %(state)s; only waiting jobs have a place in the queue."), job)
    line = Job.objects.filter(
        project=job.project_id, state=State.WAITING, priority=job.priority
    ).exclude(pk=job.pk)
    if up:
        other = line.filter(position__lt=job.position).order_by("-position").first()
    else:
        other = line.filter(position__gt=job.position).order_by("position").first()
    if other is not None:
        job.position, other.position = other.position, job.position
        for row in (job, other):
            row.version = next_version()
            row.save(update_fields=["position", "version", "updated_at"])
    return job


def job_set_priority(*, job: Job, priority: int) -> Job:
    """Jobs of a higher priority start first; from -10 to 10."""
    if not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        message = _("The priority is between %(least)s and %(most)s.")
        raise ApplicationError(message % {"least": -MAX_PRIORITY, "most": MAX_PRIORITY})
    job.priority = priority
    job.version = next_version()
    job.save(update_fields=["priority", "version", "updated_at"])
    return job


def job_rename(*, job: Job, title: str) -> Job:
    """Another title."""
    job.title = title.strip() or job.title
    job.version = next_version()
    job.save(update_fields=["title", "version", "updated_at"])
    return job


def shutdown_request_all(*, grace_seconds: float | None = None) -> list[Job]:
    """Ask everything that lives to save, because the parent process ends; those asked."""
    asked = []
    for job in Job.objects.filter(state__in=LIVE):
        if job.wanted == Wanted.RUN:
            Job.objects.filter(pk=job.pk, wanted=Wanted.RUN).update(wanted=Wanted.SHUTDOWN)
            job.wanted = Wanted.SHUTDOWN
        request_again(job, grace_seconds=grace_seconds)
        asked.append(job)
    return asked


def request_again(job: Job, *, grace_seconds: float | None = None) -> None:
    """Write the request that the row asks for into the folder, and show that it is stopping."""
    word, code = _REQUESTS[Wanted(job.wanted)]
    grace = settings.JOBS.stop_grace_seconds if grace_seconds is None else grace_seconds
    write_stop_request(job.folder, word, job.attempt, grace_seconds=grace)
    if job.state == State.RUNNING:
        change_state(job, State.STOPPING, code)
    else:
        set_reason(job, code)


def _ask(job: Job, wanted: Wanted) -> Job:
    if job.may_cancel and wanted == Wanted.STOP:
        return job_cancel(job=job)
    if not job.is_live:
        raise _refused(_("It is %(state)s; there is nothing to stop."), job)
    job.wanted = wanted
    job.version = next_version()
    job.save(update_fields=["wanted", "version", "updated_at"])
    request_again(job)
    return job


def _refused(message: str, job: Job) -> ApplicationError:
    return ApplicationError(message % {"state": job.get_state_display()}, status_code=409)
