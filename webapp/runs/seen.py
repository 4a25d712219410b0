"""Where a run saw a phrase: the helper's answer, and only what members of the project may see.

The helper walks folders; whose they are is known here. A run of another project that a base came
from is named by nothing but that.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from training.tokens.order import ORDER_INFO_FILE
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact, Job

TEXTS_PER_PAGE = 5
_MAX_TEXT = 1 << 40


@dataclass(frozen=True)
class Question:
    """A phrase as the address has it; ``run`` and ``first`` name a later page of one run."""

    phrase: str = ""
    ignore_case: bool = False
    run: int | None = None
    first: int = 0

    def query(self) -> str:
        """The shortest address that asks the same from the beginning."""
        parameters = QueryDict(mutable=True)
        if self.phrase:
            parameters["phrase"] = self.phrase
        if self.ignore_case:
            parameters["ignore_case"] = "on"
        return parameters.urlencode()


def read_question(parameters: QueryDict) -> Question:
    """Anything may come in; what cannot be meant counts as left out."""
    run = _whole(parameters.get("run", ""))
    return Question(
        phrase=parameters.get("phrase", "").strip(),
        ignore_case=parameters.get("ignore_case", "") in {"on", "true", "1"},
        run=run,
        first=(_whole(parameters.get("first", "")) or 0) if run is not None else 0,
    )


def ask_seen(job: Job, question: Question, *, limit: int = TEXTS_PER_PAGE) -> list[dict[str, Any]]:
    """`training.tokens.seen.answer.phrase_seen` with ids; ApplicationError says why not.

    ``job`` and ``title`` of a run, ``corpus``, ``documents`` and ``tasks`` (ids) only where the
    project has them. A run that is none of the project's tells nothing.
    """
    if not (job.folder.root / ORDER_INFO_FILE).exists():
        raise ApplicationError(
            _("This job has stored no order of rows: it does not train, or has not begun yet.")
        )
    told: list[dict[str, Any]] = helper_call(
        "seen_by_run",
        folder=str(job.folder.root),
        phrase=question.phrase,
        ignore_case=question.ignore_case,
        run=question.run,
        first=question.first,
        limit=limit,
    )
    jobs = {str(one.pk): one for one in _jobs(job, told)}
    known = _known_artifacts(job, told)
    return [_visible(one, jobs.get(one["name"]), known) for one in told]


def _visible(told: dict[str, Any], job: Job | None, known: set[str]) -> dict[str, Any]:
    run = {name: told[name] for name in ("run", "until", "trouble")}
    if job is None:
        trouble = told["trouble"] if told["trouble"] and "texts" not in told else ""
        hidden = _(
            "A run that the base came from is not of this project, so nothing is told of it."
        )
        return {**run, "job": None, "title": "", "trouble": trouble or hidden}
    data = {name: value for name, value in told.items() if name not in ("name", "ids")}
    ids = {
        kind: one if (one := told.get("ids", {}).get(kind)) in known else None
        for kind in ("corpus", "documents", "tasks")
    }
    return {**data, **ids, "job": str(job.pk), "title": str(job)}


def _jobs(job: Job, told: list[dict[str, Any]]) -> list[Job]:
    names = [one["name"] for one in told if _is_id(one["name"])]
    return list(Job.objects.filter(project=job.project_id, pk__in=names))


def _known_artifacts(job: Job, told: list[dict[str, Any]]) -> set[str]:
    ids = {one for run in told for one in run.get("ids", {}).values()}
    rows = Artifact.objects.filter(project=job.project_id, pk__in=ids)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


def _is_id(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 15
    return min(int(text), _MAX_TEXT) if is_number else None
