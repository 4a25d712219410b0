"""Evaluations of runs: of their outputs, of what was exported of them, and of their checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from training.folder.layout import step_in
from webapp.evaluations.protocols import prompt_of
from webapp.evaluations.selectors import BENCHMARK, EVALUATION, SetScore, scores_in
from webapp.jobs.models import Artifact, Job, JobDependency

_MODEL = "model"
#: So many evaluations are looked at, the newest first.
_MOST = 500


@dataclass(frozen=True)
class RunEvaluation:
    """What one evaluation measured of a run. ``step`` is None where nobody has noted it."""

    artifact: Artifact
    run: str
    step: int | None
    benchmark: Artifact | None
    #: The settings of the prompt that are not the usual ones.
    prompt: Mapping[str, Any]
    scores: list[SetScore]
    #: By length of the text in tokens.
    passkeys: list[tuple[int, SetScore]]

    @property
    def is_known(self) -> bool:
        """Whether all that the model had read could be searched for the items."""
        return bool(self.artifact.counts.get("contamination_is_known", False))


def evaluations_of(runs: Sequence[Job]) -> list[RunEvaluation]:
    """The evaluations of these runs, the newest first, in a constant number of queries."""
    ids = [run.pk for run in runs]
    own = Q(sources__job__in=ids) | Q(sources__job__dependencies__on_job__in=ids)
    checkpoints = Q(job__dependencies__on_job__in=ids, job__dependencies__role=_MODEL)
    wanted = JobDependency.objects.filter(on_job__in=ids)
    rows = (
        Artifact.objects.filter(
            own | checkpoints, kind=EVALUATION, project__in={run.project_id for run in runs}
        )
        .distinct()
        .select_related("job")
        .prefetch_related(
            Prefetch("sources", Artifact.objects.select_related("job")),
            Prefetch("job__dependencies", wanted, to_attr="on_runs"),
            Prefetch("sources__job__dependencies", wanted, to_attr="on_runs"),
        )
        .order_by("-created_at")[:_MOST]
    )
    known = {str(one) for one in ids}
    found = (_of(row, known) for row in rows)
    return [one for one in found if one is not None]


def _of(row: Artifact, known: set[str]) -> RunEvaluation | None:
    sources = {source.kind: source for source in row.sources.all()}
    model = sources.get(_MODEL)
    run = _run_of(row, model, known)
    if run is None:
        return None
    return RunEvaluation(
        artifact=row,
        run=run,
        step=_step_of(row, model),
        benchmark=sources.get(BENCHMARK),
        prompt=prompt_of(row),
        scores=scores_in(row),
        passkeys=_passkeys_in(row),
    )


def _run_of(row: Artifact, model: Artifact | None, known: set[str]) -> str | None:
    """The run that the model is of; None of one that only read an output of these runs."""
    named = [str(row.counts.get("model", "")).partition("/")[0]]
    if model is not None and model.job is not None:
        named.append(str(model.job_id))
        is_export = model.job.verb == "export"
        named += [str(one.on_job_id) for one in model.job.on_runs] if is_export else []  # type: ignore[attr-defined]
    return next((one for one in named if one in known), None)


def _step_of(row: Artifact, model: Artifact | None) -> int | None:
    named = step_in(str(row.counts.get("model", "")))
    if named is not None:
        return named
    step = model.counts.get("step") if model is not None else None
    return step if isinstance(step, int) else None


def _passkeys_in(row: Artifact) -> list[tuple[int, SetScore]]:
    told = row.counts.get("passkeys")
    if not isinstance(told, list):
        return []
    return [(int(one["length"]), SetScore.of(one)) for one in told if "length" in one]
