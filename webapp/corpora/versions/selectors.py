"""What is read about corpora. A corpus is what was made of one documents artifact: its versions.

A version is an artifact of the kind ``corpus``; it has no row of its own. Versions are numbered in
the order in which they were made.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.states import State
from webapp.projects.models import Project

KIND = "corpus"
VERB = "clean"
EXPORT_VERB = "export_corpus"
_RUN_VERBS = {"train"}
MAX_LISTED = 200


@dataclass(frozen=True)
class Version:
    """One version as lists show it. Bytes are of text."""

    artifact: Artifact
    documents: Artifact | None
    number: int
    num_runs: int = 0

    @property
    def title(self) -> str:
        """Name of the text, and the number."""
        return f"{self.documents or self.artifact} · v{self.number}"

    @property
    def name(self) -> str:
        """What somebody called the version."""
        return str(self.artifact)

    @property
    def num_documents(self) -> int:
        """Documents kept."""
        return int(self.artifact.counts.get("kept_documents", 0))

    @property
    def num_bytes(self) -> int:
        """Bytes kept."""
        return int(self.artifact.counts.get("kept_bytes", 0))

    @property
    def kept_fraction(self) -> float:
        """Documents kept of those that came in."""
        return self.num_documents / max(1, int(self.artifact.counts.get("documents", 0)))

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return self.artifact.created_at


@dataclass(frozen=True)
class Export:
    """A file with the kept documents of a version."""

    artifact: Artifact
    names: list[str]


@dataclass
class _Uses:
    """Who consumes what, over all jobs of a project."""

    consumers: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    verbs: dict[uuid.UUID, str] = field(default_factory=dict)

    def num_runs(self, made: Iterable[uuid.UUID | None]) -> int:
        """Runs that came of these jobs or artifacts, through any number of steps."""
        seen: set[uuid.UUID] = set()
        waiting = [one for one in made if one is not None]
        while waiting:
            new = self.consumers[waiting.pop()] - seen
            seen |= new
            waiting.extend(new)
        return sum(self.verbs.get(job_id) in _RUN_VERBS for job_id in seen)


def versions_of(project: Project) -> list[Version]:
    """Every version of every corpus, newest first; a fixed number of queries."""
    rows = list(_corpora(project)[:MAX_LISTED])
    numbers = _numbers(rows)
    uses = _uses_of(project)
    return [
        Version(row, _documents(row), numbers[row.pk], uses.num_runs([row.job_id, row.pk]))
        for row in rows
    ]


def version_of(artifact: Artifact) -> tuple[Version, list[Version]]:
    """One version, and all of its corpus (newest first); Http404 for another kind."""
    if artifact.kind != KIND:
        raise Http404
    every = versions_of(artifact.project)
    mine = next((one for one in every if one.artifact.pk == artifact.pk), None)
    if mine is None:
        mine = Version(artifact, artifact.sources.filter(kind="documents").first(), 1)
    return mine, [one for one in every if one.documents == mine.documents]


def cleaning_of(project: Project) -> QuerySet[Job]:
    """Jobs that make versions and have no result (yet)."""
    return Job.objects.filter(project=project, verb=VERB).exclude(state=State.FINISHED)


def exports_of(artifact: Artifact) -> tuple[list[Export], list[Job]]:
    """Files with the kept documents, and jobs that are writing one."""
    made = artifact.products.filter(kind="dataset").order_by("-created_at")
    jobs = Job.objects.filter(verb=EXPORT_VERB, dependencies__on_artifact=artifact)
    exports = [Export(row, _file_names(row)) for row in made[:10]]
    return exports, list(jobs.exclude(state=State.FINISHED).order_by("-created_at")[:5])


def stored_funnel(artifact: Artifact) -> dict[str, Any] | None:
    """The funnel as the job wrote it; None when it is not there."""
    funnel = read_json(artifact.folder / "funnel.json")
    return funnel if isinstance(funnel, dict) else None


def stored_rules(artifact: Artifact) -> dict[str, Any]:
    """The rules that made the version."""
    rules = read_json(artifact.folder / "rules.json")
    return rules if isinstance(rules, dict) else {}


def _file_names(artifact: Artifact) -> list[str]:
    manifest = read_json(artifact.folder / MANIFEST)
    return sorted(manifest.get("files", {})) if isinstance(manifest, dict) else []


def _corpora(project: Project) -> QuerySet[Artifact]:
    documents = Prefetch("sources", Artifact.objects.filter(kind="documents"))
    rows = Artifact.objects.filter(project=project, kind=KIND).prefetch_related(documents)
    return rows.select_related("created_by").order_by("-created_at", "pk")


def _documents(corpus: Artifact) -> Artifact | None:
    return next(iter(corpus.sources.all()), None)


def _numbers(newest_first: Sequence[Artifact]) -> dict[uuid.UUID, int]:
    """The number of each within its corpus."""
    counts: dict[uuid.UUID | None, int] = defaultdict(int)
    numbers = {}
    for row in reversed(newest_first):
        documents = _documents(row)
        key = documents.pk if documents else row.pk
        counts[key] += 1
        numbers[row.pk] = counts[key]
    return numbers


def _uses_of(project: Project) -> _Uses:
    uses = _Uses()
    rows = JobDependency.objects.filter(job__project=project).values_list(
        "job_id", "job__verb", "on_job_id", "on_artifact_id", "on_artifact__job_id"
    )
    for job_id, verb, on_job, on_artifact, artifact_job in rows:
        uses.verbs[job_id] = verb
        for made in filter(None, (on_job, on_artifact, artifact_job)):
            uses.consumers[made].add(job_id)
    return uses
