"""What compared runs scored by benchmarks: a row per set or length, a cell per run.

A cell is the newest evaluation of the run, or of any of its checkpoints; without one, what the run
told itself while it trained. Rows are of items that were asked in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from training.benchmarks.answers import Answers
from training.benchmarks.protocol import unusual
from training.events import EventKind
from training.registry import OBJECTIVES
from webapp.builder.schema import tree_of
from webapp.builder.values import unusual_fields
from webapp.evaluations.of_runs import RunEvaluation, evaluations_of
from webapp.evaluations.protocols import asked
from webapp.evaluations.selectors import BENCHMARK, SetScore
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.references import ARTIFACT
from webapp.runs.benchmark_rows import Missing, Result, Results, row_of
from webapp.runs.folder_facts import checkpoint_steps
from webapp.runs.paired import AnswerReader
from webapp.runs.story import newest_event

_VERB = "evaluate"
#: A page with more rows would be no table any more.
MOST_ROWS = 40


@dataclass(frozen=True)
class _Key:
    """What makes two results one row."""

    benchmark: str
    name: str
    prompt: str
    length: int = 0


@dataclass
class _Found:
    """Results by row and run, and of each row what it is called and how it is asked again."""

    cells: dict[_Key, dict[str, Result]] = field(default_factory=dict)
    labels: dict[_Key, tuple[str, str]] = field(default_factory=dict)
    again: dict[_Key, dict[str, Any]] = field(default_factory=dict)

    def add(self, key: _Key, run: str, result: Result, label: tuple[str, str],
            again: dict[str, Any]) -> None:  # fmt: skip
        """The first one of a run stands: they come newest first."""
        self.cells.setdefault(key, {}).setdefault(run, result)
        self.labels.setdefault(key, label)
        self.again.setdefault(key, again)


def results_of(jobs: Sequence[Job]) -> Results:
    """The table of these runs, in a constant number of queries."""
    found = _Found()
    for one in evaluations_of(jobs):
        _add_evaluation(found, one)
    benchmarks = _benchmarks_of(jobs)
    for job in jobs:
        _add_own(found, job, benchmarks.get(str(job.pk)))
    models = _models_of(jobs)
    keys = sorted(found.cells, key=lambda key: (key.length > 0, key.length))
    reader = AnswerReader()
    rows = [
        row_of(
            found.labels[key],
            [_cell(found, key, job, models.get(str(job.pk))) for job in jobs],
            [job.title for job in jobs],
            reader,
        )
        for key in keys[:MOST_ROWS]
    ]
    start = reverse("builder:new", args=[jobs[0].project_id, _VERB])
    return Results(rows, max(0, len(keys) - MOST_ROWS), start)


def _add_evaluation(found: _Found, one: RunEvaluation) -> None:
    address = reverse("evaluations:evaluation", args=[one.artifact.pk])
    known = one.is_known if "contamination_is_known" in one.artifact.counts else None
    benchmark = str(one.benchmark.pk) if one.benchmark else ""
    named = [str(one.benchmark)] if one.benchmark else []
    about = " · ".join([*named, asked(one.prompt)])
    again = {"prompt": one.prompt, BENCHMARK: f"{ARTIFACT}:{benchmark}" if benchmark else ""}
    for score in one.scores:
        key = _Key(benchmark, score.name, json.dumps(one.prompt, sort_keys=True))
        result = Result(score, one.step, address, is_known=known, evaluation=one.artifact)
        found.add(key, one.run, result, (score.name, about), again)
    lengths = [length for length, _score in one.passkeys]
    for length, score in one.passkeys:
        label = _("Passkeys in %(length)s tokens") % {"length": format(length, ",")}
        found.add(_Key("", "", "", length), one.run, Result(score, one.step, address),
                  (label, _("a number hidden in filler, recalled")),
                  {"passkey": {"is_on": True, "lengths": lengths}})  # fmt: skip


def _add_own(found: _Found, job: Job, benchmark: Artifact | None) -> None:
    """What the run scored while it trained, unless an evaluation has measured the same."""
    event = newest_event(job.folder, EventKind.BENCHMARK)
    if event is None or not isinstance(event.get("sets"), list):
        return
    part = job.spec.get("benchmarks")
    prompt = part.get("prompt") if isinstance(part, dict) else None
    own = unusual(prompt if isinstance(prompt, dict) else {})
    named = [str(benchmark)] if benchmark else []
    reference = f"{ARTIFACT}:{benchmark.pk}" if benchmark else ""
    for told in event["sets"]:
        if not isinstance(told, dict):
            continue
        score = SetScore.of(told)
        key = _Key(
            str(benchmark.pk) if benchmark else "", score.name, json.dumps(own, sort_keys=True)
        )
        step = event.get("step")
        result = Result(
            score, step if isinstance(step, int) else None,
            reverse("runs:detail", args=[job.pk]),
            is_while_training=True, is_known=bool(event.get("is_known")),
            answers=Answers.read(told),
        )  # fmt: skip
        found.add(key, str(job.pk), result, (score.name, " · ".join([*named, asked(own)])),
                  {"prompt": own, BENCHMARK: reference})  # fmt: skip


def _benchmarks_of(jobs: Sequence[Job]) -> dict[str, Artifact]:
    """{run: the benchmark that it is measured by while it trains}."""
    rows = JobDependency.objects.filter(job__in=jobs, role=BENCHMARK).select_related("on_artifact")
    found: dict[str, Artifact] = {}
    for row in rows.prefetch_related("on_job__artifacts"):
        made = list(row.on_job.artifacts.all()) if row.on_job else []
        for one in filter(None, [row.on_artifact, *made]):
            if one.kind == BENCHMARK:
                found.setdefault(str(row.job_id), one)
    return found


def _models_of(jobs: Sequence[Job]) -> dict[str, Artifact]:
    rows = Artifact.objects.filter(job__in=jobs, kind="model").order_by("created_at")
    return {str(row.job_id): row for row in rows}


def _cell(found: _Found, key: _Key, job: Job, model: Artifact | None) -> Result | Missing:
    there = found.cells[key].get(str(job.pk))
    if there is not None:
        return there
    row = OBJECTIVES.get(str(job.spec.get("objective")))
    if row is not None and row.attention == "bidirectional":
        return Missing(why=_("reads both ways"))
    steps = [] if model else checkpoint_steps(job.folder)
    if not model and not steps:
        return Missing(why=_("no weights yet"))
    values = {name: value for name, value in found.again[key].items() if value}
    query = unusual_fields(tree_of(_VERB), _VERB, values)
    query.append(
        (f"{_VERB}.model", f"{ARTIFACT}:{model.pk}") if model else
        ("checkpoint", f"{job.pk}:{steps[-1]}")
    )  # fmt: skip
    address = reverse("builder:new", args=[job.project_id, _VERB])
    return Missing(address=f"{address}?{urlencode(query)}")
