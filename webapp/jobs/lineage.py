"""Everything that was made from an artifact, whatever the way: jobs, their output, and so on.

Two graphs say so, and both are followed: what jobs name as their inputs, and the manifests.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.states import State

#: Inputs that a job only borrows while it works: its output has its own copy of all it took.
BORROWED_ROLES = ("signals",)


@dataclass(frozen=True)
class Derived:
    """An artifact and what comes of it; jobs in the order in which they were made."""

    root: Artifact
    jobs: list[Job]
    artifacts: list[Artifact]


def derived_from(root: Artifact) -> Derived:
    """The root itself (with the job that made it, if one did), and all that was made from it."""
    artifacts = {root.pk: root}
    jobs = {root.job.pk: root.job} if root.job is not None else {}
    num_before = 0
    while num_before < len(artifacts) + len(jobs):
        num_before = len(artifacts) + len(jobs)
        uses = Q(dependencies__in=_edges(artifacts, jobs))
        makers = Q(artifacts__sources__in=artifacts)
        for job in Job.objects.filter(uses | makers).distinct():
            jobs.setdefault(job.pk, job)
        made = Q(job__in=jobs) | Q(sources__in=artifacts)
        for artifact in Artifact.objects.filter(made).distinct():
            artifacts.setdefault(artifact.pk, artifact)
    return Derived(
        root,
        sorted(jobs.values(), key=lambda job: job.created_at),
        sorted(artifacts.values(), key=lambda artifact: artifact.created_at),
    )


def _edges(
    artifacts: Collection[uuid.UUID], jobs: Collection[uuid.UUID]
) -> QuerySet[JobDependency]:
    """What jobs need of these; of what was borrowed a finished job needs nothing any more."""
    edges = JobDependency.objects.filter(Q(on_artifact__in=artifacts) | Q(on_job__in=jobs))
    return edges.exclude(role__in=BORROWED_ROLES, job__state=State.FINISHED)
