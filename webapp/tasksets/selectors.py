"""What is read about task sets: lists, what a set says of itself, what can be chosen beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.folder.atomic import read_json
from training.units import format_count
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project

KIND = "tasks"
SPLITS: dict[str, str | Promise] = {
    "train": _("Training"), "validation": _("Validation"), "test": _("Test"),
}  # fmt: skip
_FINDINGS: dict[str, str | Promise] = {
    "empty_answers": _("An answer is blank"),
    "duplicates": _("Same content as an earlier row"),
    "unfinished": _("The dialogue ends on a user turn"),
    "unbalanced": _("User and assistant do not alternate"),
    "no_answer": _("The dialogue holds no answer"),
    "same_answers": _("Both answers of a pair are the same"),
    "parted_copies": _("A copy would have stood in another split"),
    "rare_labels": _("The label has fewer than 10 rows"),
}
_BAR_WIDTH, _BAR_HEIGHT = 24, 88


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram, in units of its drawing; rows of at most ``edge`` characters."""

    x: int
    y: int
    height: int
    edge: str
    count: int


@dataclass(frozen=True)
class Lengths:
    """Characters of rows or answers."""

    bars: list[Bar]
    width: int
    median: int
    p95: int
    longest: int


@dataclass(frozen=True)
class TaskSetPage:
    """What the folder of a set tells; empty where the folder is gone."""

    is_whole: bool
    info: dict[str, Any] = field(default_factory=dict)
    splits: list[tuple[str, str | Promise, int]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    lengths: Lengths | None = None
    answers: Lengths | None = None
    labels: list[tuple[str, int]] = field(default_factory=list)
    num_labels: int = 0
    turns: list[tuple[str, int]] = field(default_factory=list)


def task_sets_of(project: Project) -> QuerySet[Artifact]:
    """Task sets, newest first."""
    rows = Artifact.objects.filter(project=project, kind=KIND)
    return rows.select_related("job", "created_by").order_by("-created_at")


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs that make sets and have no result (yet)."""
    return Job.objects.filter(project=project, verb=KIND).exclude(state=State.FINISHED)


def uploads_of(project: Project) -> QuerySet[Artifact]:
    """Finished uploads, newest first."""
    return Artifact.objects.filter(project=project, kind="upload").order_by("-created_at")


def tokenizers_of(project: Project) -> list[Artifact]:
    """What can encode: tokenizers, and models with theirs; newest first."""
    rows = Artifact.objects.filter(project=project, kind__in=["tokenizer", "model"])
    return list(rows.order_by("-created_at")[:50])


def task_set_page(tasks: Artifact) -> TaskSetPage:
    """Splits, files with their errors, findings and lengths, as the set's own files say."""
    info = read_json(tasks.folder / "tasks.json")
    if not isinstance(info, dict):
        return TaskSetPage(is_whole=False)
    quality = read_json(tasks.folder / "quality.json") or {}
    lengths = quality.get("lengths", {})
    return TaskSetPage(
        is_whole=True,
        info=info,
        splits=[(name, SPLITS.get(name, name), rows) for name, rows in info["splits"].items()],
        files=read_json(tasks.folder / "files.json") or [],
        findings=[
            {**one, "title": _FINDINGS.get(one["name"], one["title"])}
            for one in quality.get("findings", [])
        ],
        lengths=_lengths(lengths.get("rows", {})),
        answers=_lengths(lengths.get("answers", {})),
        labels=list(quality.get("labels", {}).items())[:20],
        num_labels=quality.get("num_labels", 0),
        turns=list(quality.get("turns", {}).items()),
    )


def _lengths(found: dict[str, Any]) -> Lengths | None:
    """A histogram without the empty buckets at its ends; None when nothing was measured."""
    counts = found.get("counts") or []
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return None
    most = max(counts)
    bars = []
    for place, index in enumerate(range(filled[0], filled[-1] + 1)):
        height = round(_BAR_HEIGHT * counts[index] / most)
        edge = format_count(found["edges"][index])
        bars.append(Bar(place * _BAR_WIDTH, _BAR_HEIGHT - height, height, edge, counts[index]))
    width = len(bars) * _BAR_WIDTH
    return Lengths(bars, width, found["median"], found["p95"], found["longest"])
