"""What pages, the API and the supervisor read of jobs. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import Http404

from webapp.core.access import Reader, visible_to
from webapp.jobs.models import Artifact, Job, JobGroup, Lease, Machine, StateVersion
from webapp.jobs.reasons import INTERRUPTIONS
from webapp.jobs.silence import is_silent, silences
from webapp.jobs.states import ACTIVE, ENDED, State, Wanted
from webapp.projects.models import Project

NUM_ENDED_SHOWN = 50


@dataclass(frozen=True)
class Queue:
    """The queue as one project sees it, in the order in which it is worked off."""

    running: list[Job]
    waiting: list[Job]
    ended: list[Job]
    num_ended: int
    #: Jobs of other projects that run or wait on the same machines.
    num_elsewhere: int

    @property
    def is_empty(self) -> bool:
        """Whether there has never been a job."""
        return not (self.running or self.waiting or self.ended)


@dataclass(frozen=True)
class MachineSlots:
    """A machine with what is taken of it."""

    machine: Machine
    num_cpu_taken: int
    num_gpu_taken: int

    @property
    def silences(self) -> list[str]:
        """Who of it has not been heard for too long, as sentences."""
        return silences(self.machine)

    @property
    def is_supervisor_silent(self) -> bool:
        """Whether its supervisor has not been heard for too long."""
        return is_silent(self.machine.supervisor_seen_at)

    @property
    def is_queue_silent(self) -> bool:
        """Whether its queue has not been heard for too long."""
        return is_silent(self.machine.queue_seen_at)


def queue_of(project: Project) -> Queue:
    """Active jobs first come, waiting ones in their order, the newest of the ended ones."""
    jobs = _with_rows(Job.objects.filter(project=project))
    ended = jobs.filter(state__in=ENDED).order_by("-state_since")
    return Queue(
        running=list(jobs.filter(state__in=ACTIVE).order_by("started_at", "position")),
        waiting=list(jobs.filter(state=State.WAITING).order_by("-priority", "position")),
        ended=list(ended[:NUM_ENDED_SHOWN]),
        num_ended=ended.count(),
        num_elsewhere=_unfinished().exclude(project=project).count(),
    )


def queue_for(reader: Reader) -> tuple[list[Job], int]:
    """All unfinished jobs that the reader may see, in order, and how many others there are."""
    visible = _with_rows(visible_to(reader, Job)).filter(state__in=[*ACTIVE, State.WAITING])
    jobs = sorted(
        visible, key=lambda job: (job.state == State.WAITING, -job.priority, job.position)
    )
    return jobs, _unfinished().count() - len(jobs)


def jobs_of(project: Project, *, verb: str = "", state: str = "") -> QuerySet[Job]:
    """The project's jobs, newest first, of one verb or in one state if asked."""
    chosen = {key: value for key, value in {"verb": verb, "state": state}.items() if value}
    return _with_rows(Job.objects.filter(project=project, **chosen))


def group_with_jobs(group: JobGroup) -> JobGroup:
    """The group with its jobs loaded, in the order in which they were made."""
    jobs = Prefetch("jobs", _with_rows(Job.objects.order_by("position")))
    return JobGroup.objects.prefetch_related(jobs).get(pk=group.pk)


def artifacts_of(project: Project, *, kind: str = "") -> QuerySet[Artifact]:
    """The project's artifacts, newest first, of one kind if asked."""
    rows = Artifact.objects.filter(project=project).prefetch_related("sources")
    return rows.filter(kind=kind) if kind else rows


def require_kind(artifact: Artifact, kind: str) -> Artifact:
    """The artifact itself; Http404 when it is of another kind."""
    if artifact.kind != kind:
        raise Http404
    return artifact


def machines() -> list[MachineSlots]:
    """Every machine that has ever reported, with its taken slots."""
    counts = Lease.objects.values("host", "kind").annotate(number=Count("pk"))
    taken = {(row["host"], row["kind"]): row["number"] for row in counts}
    return [
        MachineSlots(row, taken.get((row.host, "cpu"), 0), taken.get((row.host, "gpu"), 0))
        for row in Machine.objects.order_by("host")
    ]


def state_version() -> int:
    """A number that has risen whenever any job's state has changed since the last look."""
    row = StateVersion.objects.values_list("number", flat=True).first()
    return row or 0


def jobs_that_may_go_on() -> QuerySet[Job]:
    """Interrupted jobs that the supervisor resumes, and paused ones whose cause may be gone."""
    interrupted = Q(
        state__in=[State.LOST, State.FAILED],
        reason_code__in=INTERRUPTIONS,
        wanted=Wanted.RUN,
        num_resumes__lt=F("max_resumes"),
    )
    paused = Q(state=State.PAUSED) & (
        Q(wanted=Wanted.SHUTDOWN) | Q(reason_code="disk_full", wanted=Wanted.RUN)
    )
    return Job.objects.filter(interrupted | paused).select_related("project")


def _unfinished() -> QuerySet[Job]:
    return Job.objects.filter(state__in=[*ACTIVE, State.WAITING])


def _with_rows(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """With the rows that every list shows, so that a list costs a fixed number of queries."""
    return jobs.select_related("project", "created_by", "group")
