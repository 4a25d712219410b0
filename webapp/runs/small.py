"""The one-button run: the recipe of `training.recipes` as a chain of jobs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from training.planning.machine import num_cores
from training.recipes import Step as RecipeStep
from training.recipes import small_run
from webapp.accounts.models import User
from webapp.jobs.models import Artifact, Job, OnFailure
from webapp.jobs.services.creation import Step, group_create
from webapp.projects.models import Project
from webapp.runs.selectors import VERB

MAX_PROCESSES = 2
_MAX_TITLE = 120
_BUILTIN = {"builtin": "cpython"}


def default_processes() -> int:
    """Two where there are two cores: data-parallel training is then shown working."""
    return min(MAX_PROCESSES, num_cores())


@transaction.atomic
def small_run_start(
    *,
    project: Project,
    created_by: User,
    artifact: Artifact | None = None,
    num_processes: int = 0,
    idempotency_key: str = "",
) -> Job:
    """The train job of a new chain on an upload, on documents, or on Python's own text.

    ``num_processes`` 0 takes what the machine has. The same key gives the same chain.
    """
    name = str(artifact) if artifact else _("Python's documentation")
    title = _("Small model on %(text)s") % {"text": name}
    text = {artifact.kind: f"artifact:{artifact.pk}"} if artifact else dict(_BUILTIN)
    processes = num_processes or default_processes()
    steps = small_run(text, num_processes=processes, title=title)
    group = group_create(
        project=project,
        steps=[Step(verb=step.verb, title=_title(step, name), spec=_sized(step)) for step in steps],
        title=title[:_MAX_TITLE],
        created_by=created_by,
        idempotency_key=idempotency_key,
    )
    run = Job.objects.get(group=group, verb=VERB)
    # A run that is stopped may be resumed: its report then waits instead of failing.
    run.dependents.update(on_failure=OnFailure.WAIT)
    return run


def _title(step: RecipeStep, name: str) -> str:
    """What a step leaves is found again by the name of its text."""
    titles = {
        "extract": name,
        "clean": _("%(text)s, cleaned") % {"text": name},
        "tokenizer": _("Tokenizer of %(text)s") % {"text": name},
        "tokenize": _("Tokens of %(text)s") % {"text": name},
    }
    return titles.get(step.verb, step.title)[:_MAX_TITLE]


def _sized(step: RecipeStep) -> dict[str, Any]:
    """The step's spec, training as long as the settings say if they say anything."""
    num_steps: int = settings.SMALL_RUN_STEPS
    if step.verb != VERB or not num_steps:
        return step.spec
    return {**step.spec, "num_steps": num_steps, "schedule": {"warmup_steps": num_steps // 10}}
