"""Deleting an artifact with everything that was made from it, except what somebody keeps.

What is kept loses its edges to what goes: it can be used as before, but neither resumed nor made
again. Texts are never kept without their source: they are what is to go.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from http import HTTPStatus
from pathlib import Path

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from training.folder.locks import is_tree_alive
from training.registry import VERBS
from webapp.core.errors import ApplicationError
from webapp.jobs.lineage import Derived, derived_from
from webapp.jobs.models import Artifact, Job, JobDependency, JobGroup
from webapp.jobs.services.control import job_cancel
from webapp.jobs.services.deletion import discard
from webapp.jobs.services.states import next_version

#: Kinds that are of use without the texts; all others hold them, as text, tokens or examples.
_KEEPABLE = frozenset({"tokenizer", "model", "report"})


def may_keep(job: Job) -> bool:
    """Whether its result makes sense without the texts: a tokenizer, a model, a report."""
    row = VERBS.get(job.verb)
    return row is not None and row.produces in _KEEPABLE


@transaction.atomic
def derived_delete(*, root: Artifact, keep: Collection[uuid.UUID] = ()) -> Derived:
    """Delete the artifact and what was made from it, less the jobs in ``keep``; what went.

    ApplicationError (409) names what still runs, (400) what cannot be kept.
    """
    # The number first: nobody starts or resumes one of them in the meantime.
    next_version()
    derived = derived_from(root)
    _require_keepable(derived, keep)
    doomed = [job for job in derived.jobs if job.pk not in keep]
    _require_ended(doomed)
    kept = {job.pk for job in derived.jobs if job.pk in keep}
    artifacts = [one for one in derived.artifacts if one.job_id not in kept]
    folders = [(str(job.pk), job.folder.root) for job in doomed]
    folders += [(str(one.pk), one.folder) for one in artifacts if one.job_id is None]
    _delete_rows(doomed, artifacts)
    transaction.on_commit(lambda: _discard_all(folders))
    return Derived(root, doomed, artifacts)


def _delete_rows(jobs: list[Job], artifacts: list[Artifact]) -> None:
    edges = Q(job__in=jobs) | Q(on_job__in=jobs) | Q(on_artifact__in=artifacts)
    groups = {job.group_id for job in jobs if job.group_id is not None}
    JobDependency.objects.filter(edges).delete()
    try:
        Artifact.objects.filter(pk__in=[one.pk for one in artifacts]).delete()
        Job.objects.filter(pk__in=[job.pk for job in jobs]).delete()
    except ProtectedError as error:
        names = ", ".join(sorted({str(row) for row in error.protected_objects})[:5])
        message = _("It is used by %(titles)s. Delete or stop these first.")
        raise ApplicationError(
            message % {"titles": names}, status_code=HTTPStatus.CONFLICT
        ) from error
    JobGroup.objects.filter(pk__in=groups, jobs=None).delete()


def _require_keepable(derived: Derived, keep: Collection[uuid.UUID]) -> None:
    known = {job.pk: job for job in derived.jobs}
    wrong = [known[pk].title if pk in known else str(pk) for pk in keep if not _fits(known, pk)]
    if wrong:
        message = _("%(titles)s cannot be kept: only tokenizers, models and reports can.")
        raise ApplicationError(message % {"titles": ", ".join(wrong)})


def _fits(known: dict[uuid.UUID, Job], pk: uuid.UUID) -> bool:
    return pk in known and may_keep(known[pk])


def _require_ended(jobs: list[Job]) -> None:
    """Waiting jobs are taken out of the queue; running ones stand against it."""
    for job in jobs:
        if job.may_cancel:
            job_cancel(job=job)
    at_work = [job.title for job in jobs if not job.has_ended or _is_alive(job)]
    if at_work:
        message = _("%(titles)s: still at work. Stop it first.")
        raise ApplicationError(
            message % {"titles": ", ".join(at_work)}, status_code=HTTPStatus.CONFLICT
        )


def _is_alive(job: Job) -> bool:
    return is_tree_alive(job.folder.tree_lock)


def _discard_all(folders: list[tuple[str, Path]]) -> None:
    for name, folder in folders:
        discard(folder, name)
