"""What is read about corpora. A corpus is what was made of one documents artifact: its versions.

A version is an artifact of the kind ``corpus``; it has no row of its own. Versions are numbered in
the order in which they were made.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.selectors import require_kind
from webapp.jobs.states import State
from webapp.projects.models import Project

KIND = "corpus"
VERB = "clean"
EXPORT_VERB = "export_corpus"
_RUN_VERBS = {"train"}
_Link = Artifact.sources.through


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


class Versions:
    """Every version of every corpus of a project, newest first; rows are loaded by the slice.

    A slice costs a fixed number of queries.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        rows = Artifact.objects.filter(project=project, kind=KIND).order_by("-created_at", "pk")
        self._ids = list(rows.values_list("pk", flat=True))
        links = _Link.objects.filter(from_artifact__in=rows, to_artifact__kind="documents")
        self._documents = dict(links.values_list("from_artifact_id", "to_artifact_id"))
        self._numbers = self._counted()

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, part: slice, /) -> list[Version]:
        return self._loaded(self._ids[part])

    def of_same_corpus(self, artifact: Artifact) -> list[Version]:
        """All versions over the documents of this one, newest first."""
        documents = self._documents.get(artifact.pk)
        if documents is None:
            return self._loaded([artifact.pk])
        return self._loaded([one for one in self._ids if self._documents.get(one) == documents])

    def _loaded(self, ids: list[uuid.UUID]) -> list[Version]:
        if not ids:
            return []
        wanted = {*ids, *(self._documents[one] for one in ids if one in self._documents)}
        rows = Artifact.objects.in_bulk(wanted)
        uses = _uses_of(self.project)
        return [
            Version(
                artifact=rows[one],
                documents=rows.get(self._documents.get(one)),
                number=self._numbers[one],
                num_runs=uses.num_runs([rows[one].job_id, one]),
            )
            for one in ids
            if one in rows
        ]

    def _counted(self) -> dict[uuid.UUID, int]:
        """The number of each within its corpus."""
        counts: dict[uuid.UUID, int] = defaultdict(int)
        numbers = {}
        for one in reversed(self._ids):
            key = self._documents.get(one, one)
            counts[key] += 1
            numbers[one] = counts[key]
        return numbers


def version_of(artifact: Artifact) -> tuple[Version, list[Version]]:
    """One version, and all of its corpus (newest first); Http404 for another kind."""
    siblings = Versions(require_kind(artifact, KIND).project).of_same_corpus(artifact)
    return next(one for one in siblings if one.artifact.pk == artifact.pk), siblings


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


def _file_names(artifact: Artifact) -> list[str]:
    manifest = read_json(artifact.folder / MANIFEST)
    return sorted(manifest.get("files", {})) if isinstance(manifest, dict) else []


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
