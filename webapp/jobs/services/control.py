"""What people ask of a job: stop, pause, resume, cancel, move. The row first, then the folder.

Between the page that somebody looks at and his click the job may have gone on. What a wish means
is decided on the row as it is; when it changes in that moment, it is decided again.

The request file may be lost (a wrapper that is just starting forgets old ones); the supervisor
writes it again as long as the row says that it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from training.wrapper.stopping import write_stop_request
from webapp.core.errors import ApplicationError
from webapp.core.visible import visible
from webapp.jobs import tasks
from webapp.jobs.models import Job
from webapp.jobs.services.states import change_state, next_version, set_reason, set_wanted
from webapp.jobs.states import LIVE, State, Wanted

#: What the request file says, and the reason shown, for each wish.
_REQUESTS = {
    Wanted.STOP: ("stop", "stop_wanted"),
    Wanted.PAUSE: ("pause", "pause_wanted"),
    Wanted.SHUTDOWN: ("pause", "shutdown_wanted"),
}
MAX_PRIORITY = 10
_MAX_DECISIONS = 10


def job_stop(*, job: Job) -> Job:
    """Ask it to save and stop; a job that has not started is cancelled."""
    return _decide(job, _stop)


def job_pause(*, job: Job) -> Job:
    """Ask it to save and make room; resume continues it."""
    return _decide(job, _pause)


def job_resume(*, job: Job) -> Job:
    """Start it again where it was saved; automatic resumes are counted from 0 again."""
    _decide(job, _resume)
    tasks.schedule()
    return job


def job_cancel(*, job: Job) -> Job:
    """Take a job that has not started out of the queue."""
    return _decide(job, _cancel)


@transaction.atomic
def job_move(*, job: Job, up: bool) -> Job:
    """Change places with the project's next waiting job in that direction, if there is one."""
    # The number first: of two clicks the second one then sees the places that the first has left.
    version = next_version()
    job.refresh_from_db(from_queryset=Job.objects.select_for_update())
    if job.state != State.WAITING:
        raise _refused(_("It is %(state)s; only waiting jobs have a place in the queue."), job)
    other = _neighbour(job, up=up)
    if other is not None:
        job.position, other.position = other.position, job.position
        for row in (job, other):
            row.version = version
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
    job.title = visible(title.strip()) or job.title
    job.version = next_version()
    job.save(update_fields=["title", "version", "updated_at"])
    return job


def shutdown_request_all(*, grace_seconds: float | None = None) -> list[Job]:
    """Ask everything that lives to save, because the parent process ends; those asked."""

    def ask(job: Job) -> bool:
        if job.is_live and job.wanted == Wanted.RUN and not set_wanted(job, Wanted.SHUTDOWN):
            return False
        if job.is_live:
            request_again(job, grace_seconds=grace_seconds)
        return True

    asked = [_decide(job, ask) for job in Job.objects.filter(state__in=LIVE)]
    return [job for job in asked if job.is_live]


def request_again(job: Job, *, grace_seconds: float | None = None) -> None:
    """Write the request that the row asks for into the folder, and show that it is stopping."""
    word, _code = _REQUESTS[Wanted(job.wanted)]
    grace = settings.JOBS.stop_grace_seconds if grace_seconds is None else grace_seconds
    write_stop_request(job.folder, word, job.attempt, grace_seconds=grace)
    show_request(job)


def show_request(job: Job) -> None:
    """Say on the row what was asked of its process."""
    _word, code = _REQUESTS[Wanted(job.wanted)]
    if job.state == State.RUNNING:
        change_state(job, State.STOPPING, code)
    else:
        set_reason(job, code)


def _decide(job: Job, step: Callable[[Job], bool]) -> Job:
    """Do ``step``; it is False when the row is not what it was, and then done on the new one."""
    for _number in range(_MAX_DECISIONS):
        if step(job):
            return job
        job.refresh_from_db()
    raise _refused(_("It is %(state)s, and changes from moment to moment. Try again."), job)


def _stop(job: Job) -> bool:
    if job.state == State.PAUSED:
        return change_state(job, State.STOPPED, "stopped", wanted=Wanted.STOP)
    return _cancel(job) if job.may_cancel else _want(job, Wanted.STOP)


def _pause(job: Job) -> bool:
    return _want(job, Wanted.PAUSE)


def _want(job: Job, wanted: Wanted) -> bool:
    if not job.is_live:
        raise _refused(_("It is %(state)s; there is nothing to stop."), job)
    if not set_wanted(job, wanted):
        return False
    request_again(job)
    return True


def _cancel(job: Job) -> bool:
    if not job.may_cancel:
        raise _refused(_("It is %(state)s; only a job that has not started is cancelled."), job)
    return change_state(job, State.STOPPED, "cancelled", wanted=Wanted.STOP)


def _resume(job: Job) -> bool:
    if not job.may_resume:
        raise _refused(_("It is %(state)s; only a job that was interrupted can be resumed."), job)
    return change_state(job, State.WAITING, "resume", wanted=Wanted.RUN, num_resumes=0)


def _neighbour(job: Job, *, up: bool) -> Job | None:
    """The waiting job before or after it in its project's line."""
    line = Job.objects.select_for_update().filter(
        project=job.project_id, state=State.WAITING, priority=job.priority
    )
    if up:
        return line.filter(position__lt=job.position).order_by("-position").first()
    return line.filter(position__gt=job.position).order_by("position").first()


def _refused(message: str, job: Job) -> ApplicationError:
    return ApplicationError(message % {"state": job.get_state_display()}, status_code=409)
