"""Making jobs: the spec is validated and resolved, its inputs are looked up, then rows appear."""

from __future__ import annotations

import copy
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.db.models import Max

from training import registry
from training.errors import Problem, SpecError
from webapp.accounts.models import User
from webapp.core.visible import visible
from webapp.jobs import tasks
from webapp.jobs.models import (
    Artifact,
    GroupKind,
    Job,
    JobDependency,
    JobGroup,
    OnFailure,
    SlotKind,
)
from webapp.jobs.references import ARTIFACT, FOLDER, Reference, references_in, with_steps
from webapp.jobs.services.states import next_version
from webapp.projects.models import Project

MAX_TITLE_CHARS = 120
_KEY_CHARACTERS = 64


class Step(TypedDict, total=False):
    """One job of a group; inputs may name earlier steps as ``step:<n>``."""

    verb: str
    title: str
    spec: dict[str, Any]


def job_create(
    *,
    project: Project,
    verb: str,
    spec: Mapping[str, Any],
    created_by: User | None = None,
    title: str = "",
    priority: int = 0,
    idempotency_key: str = "",
    group: JobGroup | None = None,
    on_failure: str = OnFailure.FAIL,
) -> Job:
    """A waiting job; the supervisor starts it when its inputs are there and slots are free.

    The same ``idempotency_key`` in the same project gives the job made before. SpecError holds
    every problem of the spec, unknown inputs included.
    """
    idempotency_key = _key_of(idempotency_key)
    made = _made_before(project, idempotency_key)
    if made is not None:
        return made
    row = registry.find("verbs", verb)
    spec_class = row.load_spec()
    resolved = spec_class.parse(dict(spec)).resolve().to_dict()
    references = references_in(spec_class, resolved)
    inputs = _inputs(project, references)
    job = Job(
        project=project,
        group=group,
        verb=verb,
        title=visible(title.strip())[:MAX_TITLE_CHARS] or row.title,
        spec=resolved,
        created_by=created_by,
        idempotency_key=idempotency_key,
        priority=priority,
        **_needs(resolved),
    )
    try:
        _insert(job, inputs, on_failure)
    except IntegrityError:
        made = _made_before(project, idempotency_key)
        if made is None:
            raise
        return made
    return job


@transaction.atomic
def group_create(
    *,
    project: Project,
    steps: Sequence[Step],
    title: str,
    kind: str = GroupKind.CHAIN,
    created_by: User | None = None,
    on_failure: str = OnFailure.FAIL,
    idempotency_key: str = "",
) -> JobGroup:
    """Several jobs, of which later ones may wait for earlier ones; all are made, or none."""
    first = _made_before(project, _key_of(f"{idempotency_key}:0" if idempotency_key else ""))
    if first is not None and first.group is not None:
        return first.group
    name = visible(title.strip())[:MAX_TITLE_CHARS]
    group = JobGroup.objects.create(project=project, kind=kind, title=name, created_by=created_by)
    made: list[uuid.UUID] = []
    for number, step in enumerate(steps):
        spec_class = registry.find("verbs", step["verb"]).load_spec()
        job = job_create(
            project=project,
            verb=step["verb"],
            spec=with_steps(spec_class, step.get("spec", {}), made),
            title=step.get("title", ""),
            created_by=created_by,
            group=group,
            on_failure=on_failure,
            idempotency_key=f"{idempotency_key}:{number}" if idempotency_key else "",
        )
        if job.group_id not in {group.pk, None}:
            # Somebody was faster with the same key, between our look and our first job.
            group.delete()
            return JobGroup.objects.get(pk=job.group_id)
        made.append(job.pk)
    return group


def job_clone(
    *,
    job: Job,
    created_by: User | None,
    changes: Mapping[str, Any] | None = None,
    title: str = "",
    idempotency_key: str = "",
) -> Job:
    """A new job with the same settings, except ``changes`` ({dotted field path: value})."""
    spec = _changed(job.spec, changes or {})
    return job_create(
        project=job.project,
        verb=job.verb,
        spec=spec,
        created_by=created_by,
        title=title or job.title,
        priority=job.priority,
        idempotency_key=idempotency_key,
    )


def _key_of(text: str) -> str:
    """A key as it is stored: what a column cannot hold stands there by its hash."""
    if len(text) <= _KEY_CHARACTERS and text.isprintable():
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _made_before(project: Project, key: str) -> Job | None:
    if not key:
        return None
    return Job.objects.filter(project=project, idempotency_key=key).first()


def _needs(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Slots and processes; a slot is one process on one core group or one GPU."""
    num_processes = int(spec.get("num_processes") or 1)
    kind = SlotKind.GPU if spec.get("device") == "cuda" else SlotKind.CPU
    return {"num_processes": num_processes, "num_slots": num_processes, "slot_kind": kind}


@transaction.atomic
def _insert(job: Job, inputs: list[JobDependency], on_failure: str) -> None:
    # The number first: two jobs made at once wait for each other here, and get two places.
    job.version = next_version()
    last = Job.objects.aggregate(last=Max("position"))["last"]
    job.position = (last or 0) + 1
    job.save(force_insert=True)
    for dependency in inputs:
        dependency.job = job
        dependency.on_failure = on_failure
    JobDependency.objects.bulk_create(inputs)
    transaction.on_commit(tasks.schedule)


def _inputs(project: Project, references: Sequence[Reference]) -> list[JobDependency]:
    """Unsaved dependencies; SpecError names every input that is not there or does not fit."""
    found, problems = [], []
    for reference in references:
        target = _target(project, reference)
        problem = _misfit(reference, target)
        if problem is not None:
            problems.append(problem)
            continue
        name = "on_artifact" if reference.scheme == ARTIFACT else "on_job"
        edge = JobDependency(role=reference.role, kind=reference.kind, **{name: target})
        edge.needs_output = reference.scheme != FOLDER
        found.append(edge)
    if problems:
        raise SpecError(problems)
    return found


def _target(project: Project, reference: Reference) -> Artifact | Job | None:
    model: type[Artifact] | type[Job] = Artifact if reference.scheme == ARTIFACT else Job
    return model._default_manager.filter(project=project, pk=reference.id).first()


def _misfit(reference: Reference, target: Artifact | Job | None) -> Problem | None:
    field = reference.role or "inputs"
    if target is None:
        return Problem(field, "is not in this project", got=reference.text, hint="Choose another.")
    if reference.scheme == FOLDER:
        return None
    if isinstance(target, Artifact):
        kind = target.kind
    else:
        kind = registry.find("verbs", target.verb).produces
    if reference.kind and kind != reference.kind:
        return Problem(
            field, "is of the wrong kind", got=kind or "no output", expected=reference.kind
        )
    return None


def _changed(spec: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of ``spec`` with dotted paths set; unknown names are left to the validation."""
    changed = copy.deepcopy(dict(spec))
    for path, value in changes.items():
        *parents, name = path.split(".")
        place: Any = changed
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise SpecError([Problem(path, f"{parent} holds no further fields")])
        place[name] = value
    return changed
