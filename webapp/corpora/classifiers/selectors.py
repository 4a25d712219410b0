"""What is read about classifiers: rows, and the evaluation in their folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from training.folder.atomic import read_json
from training.specs.fit_classifier import Form
from webapp.corpora.versions.selectors import KIND as CORPUS
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import ACTIVE, State
from webapp.projects.models import Project

KIND = "classifier"
SCORES = "scores"
_VERBS = ("fit_classifier", "score")
_MOST_LISTED = 200
_MOST_JOBS = 20
#: Steps of shading in a table of confusions.
_SHADES = 5


@dataclass(frozen=True)
class Cell:
    """One number of a table of confusions; ``shade`` goes from 0 to 5 by its share of the row."""

    number: int
    shade: int


@dataclass(frozen=True)
class Evaluation:
    """What the folder of a classifier tells; ``is_whole`` is false where it is gone or torn."""

    is_whole: bool
    told: dict[str, Any] = field(default_factory=dict)
    #: (label, cells) from the lowest label on.
    confusion: list[tuple[str, list[Cell]]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    ups: list[tuple[str, float]] = field(default_factory=list)
    downs: list[tuple[str, float]] = field(default_factory=list)


def classifiers_of(project: Project) -> QuerySet[Artifact]:
    """Classifiers, newest first."""
    rows = Artifact.objects.filter(project=project, kind=KIND)
    return rows.select_related("job").order_by("-created_at")[:_MOST_LISTED]


def scores_of(project: Project) -> QuerySet[Artifact]:
    """Scores that the verb ``score`` gave, newest first."""
    rows = Artifact.objects.filter(project=project, kind=SCORES)
    return rows.prefetch_related("sources").order_by("-created_at")[:_MOST_LISTED]


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs under way, or failed, that make one of the two."""
    open_states = Q(state__in=[*ACTIVE, State.WAITING, State.FAILED, State.LOST])
    jobs = Job.objects.filter(open_states, project=project, verb__in=_VERBS)
    return jobs.order_by("-created_at")[:_MOST_JOBS]


def uses_of(classifier: Artifact) -> list[Artifact]:
    """Corpora and scores made with it, newest first."""
    rows = classifier.products.filter(kind__in=(CORPUS, SCORES)).order_by("-created_at")
    return list(rows[:_MOST_JOBS])


def is_encoder(classifier: Artifact) -> bool:
    """Whether documents are scored by a job of their own."""
    return bool(classifier.counts.get("form") == Form.ENCODER)


def evaluation_of(classifier: Artifact) -> Evaluation:
    """Its evaluation, ready for a page."""
    told = read_json(classifier.folder / "evaluation.json")
    if not isinstance(told, dict):
        return Evaluation(is_whole=False)
    runs = told.get("runs") or {}
    columns = _columns(classifier, told)
    rows = told.get("confusion") or []
    return Evaluation(
        is_whole=True,
        told=told,
        confusion=[(name, _cells(row)) for name, row in zip(columns, rows, strict=False)],
        columns=columns,
        ups=[(str(run), float(weight)) for run, weight in runs.get("up", [])],
        downs=[(str(run), float(weight)) for run, weight in runs.get("down", [])],
    )


def _columns(classifier: Artifact, told: dict[str, Any]) -> list[str]:
    """What the rows and columns of the confusions are called."""
    if told.get("target") == "class":
        return [_("other"), str(classifier.counts.get("positive", ""))]
    return [str(score) for score in range(len(told.get("confusion") or []))]


def _cells(row: list[int]) -> list[Cell]:
    total = max(1, sum(row))
    return [Cell(number, round(_SHADES * number / total)) for number in row]
