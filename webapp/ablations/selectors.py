"""What is read about ablations: the list, and one with its verdict as its folders are now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString, mark_safe

from training.ablation.reading import ReadRun
from training.ablation.rendering import DEFINITIONS, chart_of, difference, written
from training.ablation.verb import VERDICT_FILE
from training.ablation.verdict import Cell, JudgedVariant, Measure, Verdict, judge
from training.folder.atomic import read_json
from training.units import format_count
from webapp.ablations.asking import EVALUATE, TRAIN, VERDICT
from webapp.jobs.models import Artifact, GroupKind, Job, JobGroup
from webapp.jobs.states import State
from webapp.projects.models import Project
from webapp.runs.compare import MAX_RUNS


def ablations_of(project: Project) -> QuerySet[JobGroup]:
    """Newest first, each with its runs and how many of them have finished: one query."""
    is_run = Q(jobs__verb=TRAIN)
    return (
        JobGroup.objects.filter(project=project, kind=GroupKind.ABLATION)
        .annotate(
            num_runs=Count("jobs", filter=is_run),
            num_finished=Count("jobs", filter=is_run & Q(jobs__state=State.FINISHED)),
        )
        .order_by("-created_at")
    )


@dataclass(frozen=True)
class Shown:
    """A cell as it is written: the mean, the difference from the baseline, and the judgement."""

    text: str
    difference: str
    cell: Cell


@dataclass(frozen=True)
class MeasureRow:
    """One line of the verdict table: a cell for each variant."""

    measure: Measure
    cells: list[Shown]


class AblationPage:
    """What the page of one ablation reads; folders are read once."""

    def __init__(self, group: JobGroup) -> None:
        self.group = group

    @cached_property
    def jobs(self) -> list[Job]:
        """All of them, in their order."""
        return list(self.group.jobs.order_by("position"))

    @property
    def runs(self) -> list[Job]:
        """The training jobs."""
        return [job for job in self.jobs if job.verb == TRAIN]

    @property
    def judge_job(self) -> Job | None:
        """The job that writes the verdict down."""
        return next((job for job in self.jobs if job.verb == VERDICT), None)

    @cached_property
    def artifact(self) -> Artifact | None:
        """The verdict that was written, once it is there."""
        job = self.judge_job
        return Artifact.objects.filter(job=job).first() if job is not None else None

    @property
    def goes_on(self) -> bool:
        """Whether numbers still change."""
        return any(not job.has_ended and job.state != State.PAUSED for job in self.jobs)

    @cached_property
    def read(self) -> list[ReadRun]:
        """The runs' folders by variant and seed, with lengths where they were measured."""
        job = self.judge_job
        rows = job.spec.get("runs", []) if job is not None else []
        by_id = {str(one.pk): one for one in self.runs}
        found = []
        for row in rows:
            run = by_id.get(_id_in(row.get("path")))
            if run is not None:
                read = ReadRun(str(row["variant"]), int(row["seed"]), run.folder)
                read.evaluation = self._evaluations.get(_id_in(row.get("evaluation")))
                found.append(read)
        self._add_lengths(found)
        return found

    @cached_property
    def verdict(self) -> Verdict | None:
        """As the folders are now; None while there is nothing to judge."""
        return judge(self.read, self.group.title) if len(self.read) > 1 else None

    @property
    def rows(self) -> list[MeasureRow]:
        """The table."""
        verdict = self.verdict
        if verdict is None:
            return []
        return [
            MeasureRow(one, [_shown(one, variant) for variant in verdict.variants])
            for one in verdict.measures
        ]

    @property
    def sizes(self) -> list[str]:
        """Parameters of each variant."""
        variants = self.verdict.variants if self.verdict else []
        return [format_count(one.num_parameters) if one.num_parameters else "–" for one in variants]

    @property
    def chart(self) -> SafeString:
        """Validation loss over tokens, drawn by us; "" before any run has validated."""
        found = chart_of(self.read)
        return mark_safe(found.svg) if found else mark_safe("")

    @property
    def definitions(self) -> list[str]:
        """How the numbers come about."""
        return DEFINITIONS

    @property
    def compared(self) -> str:
        """Ids of runs for the comparison: as many as it takes, all variants of one seed first."""
        return ",".join(str(job.pk) for job in self.runs[:MAX_RUNS])

    @cached_property
    def _evaluations(self) -> dict[str, Path]:
        """{job: folder of its result} of the evaluations that are there."""
        jobs = [job.pk for job in self.jobs if job.verb == EVALUATE]
        rows = Artifact.objects.filter(job__in=jobs) if jobs else []
        return {str(row.job_id): row.folder for row in rows}

    def _add_lengths(self, runs: list[ReadRun]) -> None:
        data = read_json(self.artifact.folder / VERDICT_FILE) if self.artifact else None
        rows = data.get("lengths") if isinstance(data, dict) else None
        found = {
            (str(row.get("variant")), row.get("seed")): row.get("loss") or {}
            for row in (rows if isinstance(rows, list) else [])
        }
        for run in runs:
            losses = found.get((run.variant, run.seed), {})
            run.lengths.update({int(length): float(loss) for length, loss in losses.items()})


def _shown(measure: Measure, variant: JudgedVariant) -> Shown:
    cell = variant.cells[measure.key]
    return Shown(written(measure, cell), difference(measure, cell), cell)


def _id_in(reference: object) -> str:
    """The id in ``job:<id>``."""
    return str(reference or "").partition(":")[2]
