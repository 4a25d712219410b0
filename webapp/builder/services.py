"""From a draft to jobs: one job, or a group in which later steps wait for earlier ones."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from training.errors import SpecError
from training.registry import VERBS
from webapp.accounts.models import User
from webapp.builder.drafts import Draft, Step
from webapp.jobs.models import Job
from webapp.jobs.references import STEP
from webapp.jobs.services import creation
from webapp.projects.models import Project

_MAX_KEY_CHARS = 40


def draft_start(*, project: Project, draft: Draft, created_by: User) -> Job:
    """The job (of a chain: its training job) that was made; SpecError when it cannot be.

    The same draft under the same key gives the same job: a double click starts one. A draft that
    was changed after going back is another wish, though its key is the same.
    """
    steps = draft.made()
    key = _key(draft, steps)
    if not draft.is_chain:
        return creation.job_create(
            project=project,
            verb=steps[0].verb,
            spec=steps[0].values,
            created_by=created_by,
            title=draft.title,
            idempotency_key=key,
        )
    group = creation.group_create(
        project=project,
        steps=[_group_step(draft, step, steps) for step in steps],
        title=draft.title or draft.name,
        created_by=created_by,
        idempotency_key=key,
    )
    jobs = list(group.jobs.order_by("position"))
    return next((job for job in jobs if job.verb == "train"), jobs[-1])


def step_of_error(draft: Draft, error: SpecError) -> Step:
    """The step at which a refusal by the job system is shown: the first that has such a field."""
    names = {problem.field.partition(".")[0] for problem in error.problems}
    for step in draft.made():
        if names & set(VERBS[step.verb].load_spec().model_fields):
            return step
    return draft.made()[-1]


def _group_step(draft: Draft, step: Step, steps: list[Step]) -> creation.Step:
    numbers = {f"{STEP}:{one.key}": f"{STEP}:{number}" for number, one in enumerate(steps)}
    spec_class = VERBS[step.verb].load_spec()
    spec: dict[str, Any] = spec_class.with_moved_inputs(
        step.values, lambda text: numbers.get(text, text)
    )
    if step.verb == "report" and _is_named_after_run(draft, spec):
        spec["title"] = draft.title
    title = draft.title if step.verb == "train" else ""
    return creation.Step(verb=step.verb, title=title, spec=spec)


def _is_named_after_run(draft: Draft, report: dict[str, Any]) -> bool:
    """Whether the report has no title of its own; one of the run it was started from is none."""
    title = report.get("title")
    return bool(draft.title) and (not title or title in {job.title for job in draft.started_from})


def _key(draft: Draft, steps: list[Step]) -> str:
    wish = [draft.title, [[step.verb, step.values] for step in steps]]
    text = draft.key + json.dumps(wish, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_MAX_KEY_CHARS]
