"""What is read about runs: rows of lists, and everything the page of one run shows."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from training.registry import perplexity_kind
from training.units import format_seconds
from webapp.jobs.event_lines import Event
from webapp.jobs.models import Job
from webapp.jobs.progress import Progress, last_progress
from webapp.jobs.states import ACTIVE, State
from webapp.projects.models import Project
from webapp.runs.folder_facts import (
    LogEnd,
    Point,
    best_validation,
    checkpoint_steps,
    latest_points,
    log_end,
)
from webapp.runs.live.position import end_position
from webapp.runs.live.sentences import told
from webapp.runs.remedies import Remedy, remedy_for
from webapp.runs.stats import Stat, strip
from webapp.runs.story import read_story

VERB = "train"
NUM_EVENTS = 60
NUM_LOG_LINES = 200
#: As in `static/js/runs/header.js`.
STALE_SECONDS = 20.0
#: Filter of the list -> states; the empty key is all.
FILTERS: dict[str, frozenset[str]] = {
    "active": frozenset({State.WAITING, State.PAUSED}) | ACTIVE,
    "finished": frozenset({State.FINISHED}),
    "stopped": frozenset({State.STOPPED}),
    "failed": frozenset({State.FAILED, State.LOST}),
}


@dataclass(frozen=True)
class RunRow:
    """One run in a list. ``loss`` is the newest training loss."""

    job: Job
    progress: Progress | None
    best: Point | None
    loss: Point | None

    @property
    def duration(self) -> str:
        """How long it ran, or has been running; "" before it started."""
        if self.job.started_at is None:
            return ""
        end = self.job.ended_at or timezone.now()
        return format_seconds(max(timedelta(), end - self.job.started_at).total_seconds())


@dataclass(frozen=True)
class RunPage:
    """The live parts of a run page, read at one moment: what follows comes by socket."""

    position: str
    stats: list[Stat]
    progress: Progress | None
    events: list[Event]
    has_earlier_events: bool
    samples: list[Event]
    marks: list[Event]
    log: LogEnd
    num_points: int
    last_point_at: float | None
    remedy: Remedy | None
    has_checkpoint: bool

    @property
    def point_age_seconds(self) -> float:
        """How old the newest point is; 0 when there is none."""
        return time.time() - self.last_point_at if self.last_point_at else 0.0

    @property
    def is_stale(self) -> bool:
        """Whether a run that goes on would have told something by now."""
        return self.point_age_seconds > STALE_SECONDS


def runs_of(project: Project, *, chosen: str = "") -> QuerySet[Job]:
    """Training jobs of a project, newest first; ``chosen`` is a key of FILTERS or ""."""
    jobs = Job.objects.filter(project=project, verb=VERB).order_by("-created_at")
    return jobs.filter(state__in=FILTERS[chosen]) if chosen in FILTERS else jobs


def active_runs_of(project: Project) -> QuerySet[Job]:
    """Runs that go on now."""
    return runs_of(project).filter(state__in=ACTIVE)


def troubled_jobs_of(project: Project) -> QuerySet[Job]:
    """Jobs of any verb that ended badly in the last week; a clone that went on hides none."""
    recent = Q(ended_at__gte=timezone.now() - timedelta(days=7)) | Q(ended_at=None)
    bad = Q(state__in=[State.FAILED, State.LOST])
    return Job.objects.filter(bad, recent, project=project).order_by("-state_since")


def run_rows(jobs: list[Job]) -> list[RunRow]:
    """With what their folders say; reads a few small files per run, no query."""
    return [
        RunRow(
            job,
            last_progress(job.folder),
            best_validation(job.folder),
            latest_points(job.folder).get("train/loss"),
        )
        for job in jobs
    ]


def run_page(job: Job) -> RunPage:
    """Everything live about one run. Events and log end where the position says."""
    folder = job.folder
    position = end_position(folder)
    latest = latest_points(folder)
    story = read_story(folder, position, NUM_EVENTS)
    data = {"events": [position.events, position.wrapper_events], "log": position.log}
    return RunPage(
        position=json.dumps(data),
        stats=strip(latest, best_validation(folder), perplexity_kind(job.spec)),
        progress=story.progress,
        events=[told(event) for event in story.events],
        has_earlier_events=story.has_earlier,
        samples=story.samples,
        marks=[told(event) for event in story.marks],
        log=log_end(folder, NUM_LOG_LINES, stop=position.log),
        num_points=sum(cursor.offset for cursor in position.series.values()),
        last_point_at=max((point.time for point in latest.values()), default=None),
        remedy=remedy_for(job.reason_code, job.spec),
        has_checkpoint=bool(checkpoint_steps(folder)),
    )


def culprits(job: Job, steps: list[Job]) -> list[Job]:
    """Steps of its chain for whose end a job could not run, with their own reasons."""
    if job.reason_code != "input_failed":
        return []
    bad = (State.FAILED, State.LOST, State.STOPPED)
    return [step for step in steps if step.state in bad and step.reason_code != "input_failed"]


def steps_of(job: Job) -> list[Job]:
    """The jobs of its group in the order in which they were made; [] without a group."""
    if job.group_id is None:
        return []
    return list(Job.objects.filter(group=job.group_id).order_by("created_at", "position"))
