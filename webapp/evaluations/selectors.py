"""What is read about benchmarks and evaluations: rows, results beside each other, one's figures."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.folder.atomic import read_json
from webapp.corpora.file_reports import FileReport, file_reports
from webapp.evaluations.protocols import asked, prompt_of
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project

BENCHMARK, EVALUATION, LOSSES = "benchmark", "evaluation", "losses"
VERBS = (BENCHMARK, "evaluate", LOSSES)
WAYS: dict[str, str | Promise] = {
    "byte": _("per byte"), "token": _("per token"), "none": _("sum"),
    "unconditional": _("against the answer alone"),
}  # fmt: skip
_MOST = 200
_MOST_SETS = 12


@dataclass(frozen=True)
class SetScore:
    """What a model scored by one set; shares of 1."""

    name: str
    kind: str
    items: int
    accuracy: float
    low: float
    high: float
    chance: float
    contaminated: int

    @classmethod
    def of(cls, told: dict[str, Any]) -> SetScore:
        """From the counts of an evaluation."""
        return cls(
            name=str(told.get("set", "")),
            kind=str(told.get("kind", "")),
            items=int(told.get("items", 0)),
            accuracy=float(told.get("accuracy", 0)),
            low=float(told.get("low", 0)),
            high=float(told.get("high", 0)),
            chance=float(told.get("chance", 0)),
            contaminated=int(told.get("contaminated", 0)),
        )

    @property
    def percent(self) -> float:
        """The accuracy as people read it."""
        return 100 * self.accuracy

    @property
    def margin(self) -> float:
        """Half of the 95 % interval, in percent."""
        return 50 * (self.high - self.low)

    @property
    def chance_percent(self) -> float:
        """What guessing gives."""
        return 100 * self.chance


@dataclass(frozen=True)
class Scored:
    """One evaluation in the table of results; ``cells`` are in the order of its columns."""

    artifact: Artifact
    model: str
    benchmark: Artifact | None
    cells: list[SetScore | None]
    passkey: float | None
    #: How its items were asked; "" where it has none.
    asked: str = ""


@dataclass(frozen=True)
class Results:
    """Evaluations beside each other: a column per set that any of them has."""

    columns: list[str]
    rows: list[Scored]
    num_hidden_columns: int = 0

    @property
    def has_passkey(self) -> bool:
        """Whether any measured recall."""
        return any(row.passkey is not None for row in self.rows)


def benchmarks_of(project: Project) -> list[Artifact]:
    """The newest benchmarks."""
    rows = Artifact.objects.filter(project=project, kind=BENCHMARK)
    return list(rows.order_by("-created_at")[:_MOST])


def set_names(benchmark: Artifact) -> list[str]:
    """What its sets are called."""
    return list(benchmark.counts.get("sets") or {})


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs that make benchmarks or evaluations and have no result (yet)."""
    return Job.objects.filter(project=project, verb__in=VERBS).exclude(state=State.FINISHED)


def results_of(project: Project, benchmark: Artifact | None = None) -> Results:
    """The newest evaluations, of one benchmark or of all, in a constant number of queries."""
    rows = Artifact.objects.filter(project=project, kind=EVALUATION)
    if benchmark is not None:
        rows = rows.filter(sources=benchmark)
    rows = rows.select_related("job").prefetch_related("sources")
    found = list(rows.order_by("-created_at")[:_MOST])
    names = _names_of_jobs(found)
    sets: dict[str, None] = {}
    for row in found:
        sets |= dict.fromkeys(one.name for one in scores_in(row))
    columns = list(sets)[:_MOST_SETS]
    return Results(
        columns, [_scored(row, columns, names) for row in found], len(sets) - len(columns)
    )


def scores_in(evaluation: Artifact) -> list[SetScore]:
    """Its results by set."""
    told = evaluation.counts.get("sets")
    return [SetScore.of(one) for one in told] if isinstance(told, list) else []


def _scored(row: Artifact, columns: Iterable[str], names: dict[str, str]) -> Scored:
    sources = {source.kind: source for source in row.sources.all()}
    by_name = {one.name: one for one in scores_in(row)}
    passkey = row.counts.get("passkey")
    return Scored(
        artifact=row,
        model=_model_name(row, sources.get("model"), names),
        benchmark=sources.get(BENCHMARK),
        cells=[by_name.get(name) for name in columns],
        passkey=100 * float(passkey) if isinstance(passkey, int | float) else None,
        asked=asked(prompt_of(row)) if by_name else "",
    )


def model_name(evaluation: Artifact) -> str:
    """What was measured: the model's title, or run and step of a checkpoint."""
    source = evaluation.sources.filter(kind="model").first()
    return _model_name(evaluation, source, _names_of_jobs([evaluation]))


def run_of(measured: Artifact) -> Job | None:
    """The training run whose weights were measured: of a checkpoint, or of the run's output."""
    named = str(measured.counts.get("model", "")).partition("/")[0]
    model = measured.sources.filter(kind="model").select_related("job").first()
    ids = [uuid.UUID(named)] if _is_uuid(named) else []
    ids += [model.job_id] if model is not None and model.job_id else []
    return Job.objects.filter(pk__in=ids, project=measured.project_id, verb="train").first()


def names_of_models(rows: Sequence[Artifact]) -> list[str]:
    """What each of them was measured of; their sources are prefetched."""
    names = _names_of_jobs(rows)
    by_kind = [{source.kind: source for source in row.sources.all()} for row in rows]
    return [
        _model_name(row, sources.get("model"), names)
        for row, sources in zip(rows, by_kind, strict=True)
    ]


def _model_name(row: Artifact, model: Artifact | None, names: dict[str, str]) -> str:
    if model is not None:
        return str(model)
    job, _slash, step = str(row.counts.get("model", "")).partition("/")
    title = names.get(job)
    return f"{title} · {step}" if title else str(row.counts.get("model", ""))


def _names_of_jobs(rows: Iterable[Artifact]) -> dict[str, str]:
    """Titles of the runs whose checkpoints were measured, by the folder of the job."""
    wanted = {str(row.counts.get("model", "")).partition("/")[0] for row in rows}
    ids = [uuid.UUID(one) for one in wanted if _is_uuid(one)]
    projects = {row.project_id for row in rows}
    jobs = Job.objects.filter(pk__in=ids, project_id__in=projects)
    return {str(pk): title for pk, title in jobs.values_list("pk", "title")}


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class BenchmarkPage:
    """What the folder of a benchmark tells; ``is_whole`` is false where it is gone or torn."""

    is_whole: bool
    sets: list[tuple[str, str, int]] = field(default_factory=list)
    splits: list[tuple[str, int]] = field(default_factory=list)
    categories: list[tuple[str, int]] = field(default_factory=list)
    faulty: list[FileReport] = field(default_factory=list)


def benchmark_page(benchmark: Artifact) -> BenchmarkPage:
    """Sets, splits, categories and rows that were left out."""
    info = read_json(benchmark.folder / "benchmark.json")
    if not isinstance(info, dict) or "sets" not in info:
        return BenchmarkPage(is_whole=False)
    return BenchmarkPage(
        is_whole=True,
        sets=[(name, one["kind"], one["items"]) for name, one in info["sets"].items()],
        splits=[(name, count) for name, count in info.get("splits", {}).items() if name],
        categories=[(name, count) for name, count in info.get("categories", {}).items() if name],
        faulty=[file for file in file_reports(benchmark) if file.is_faulty],
    )


@dataclass(frozen=True)
class SetRow:
    """One set (or category) on the page of an evaluation; ``by`` are percents by ways."""

    name: str
    category: str
    score: SetScore
    by: list[float | None]
    perplexity: float


def rows_of(told: Iterable[dict[str, Any]]) -> list[SetRow]:
    """Results of ``evaluation.json``, by set or category."""
    return [
        SetRow(
            name=str(one["set"]),
            category=str(one.get("category", "")),
            score=SetScore.of(one),
            by=[100 * one["by"][way]["accuracy"] if way in one["by"] else None for way in WAYS],
            perplexity=float(one["answer_perplexity"]),
        )
        for one in told
    ]


def evaluation_info(evaluation: Artifact) -> dict[str, Any] | None:
    """``evaluation.json``; None where the folder is gone or torn."""
    info = read_json(evaluation.folder / "evaluation.json")
    return info if isinstance(info, dict) and "sets" in info else None
