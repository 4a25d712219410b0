"""The index of artifact folders: rows made from manifests, and only from manifests."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from training.errors import DataError
from training.folder.artifact import MANIFEST, load_manifest
from webapp.accounts.models import User
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.projects.models import Project


@dataclass(frozen=True)
class _Said:
    """What a manifest says, as the row has it."""

    id: uuid.UUID
    kind: str
    title: str
    counts: dict[str, Any]
    num_bytes: int
    sources: list[uuid.UUID]


@transaction.atomic
def artifact_index(
    *,
    folder: Path,
    project: Project,
    job: Job | None = None,
    created_by: User | None = None,
    title: str = "",
) -> Artifact:
    """The row of a finished folder below the home; called again it brings the row up to date.

    DataError when the folder holds no whole manifest, or lies elsewhere.
    """
    said = _said_by(folder)
    path = _path_below_home(folder)
    replaced = Artifact.objects.filter(path=path).exclude(pk=said.id).first()
    if replaced is not None:
        Artifact.objects.filter(pk=replaced.pk).update(path=f"{path}#{replaced.pk}")
    artifact, _ = Artifact.objects.update_or_create(
        pk=said.id,
        defaults={
            "project": project,
            "kind": said.kind,
            "title": title or _title(said, job),
            "job": job,
            "created_by": created_by,
            "counts": said.counts,
            "num_bytes": said.num_bytes,
            "path": path,
        },
    )
    # Sources that are not indexed are left out.
    artifact.sources.set(Artifact.objects.filter(pk__in=said.sources))
    if replaced is not None:
        _replace(replaced, artifact)
    return artifact


def _title(said: _Said, job: Job | None) -> str:
    """A model is known by the run that left it: of a class there are many."""
    of_job = job.title if job and job.verb != "import" else ""
    return of_job or said.title if said.kind == "model" else said.title or of_job


def _replace(old: Artifact, new: Artifact) -> None:
    """A job that ran again wrote a new artifact in the old place: who named the old one follows."""
    JobDependency.objects.filter(on_artifact=old).update(on_artifact=new)
    for product in old.products.all():
        product.sources.add(new)
    old.delete()


def _said_by(folder: Path) -> _Said:
    """What the manifest says; DataError when a part of it is missing or is something else."""
    manifest = load_manifest(folder)
    try:
        return _Said(
            id=uuid.UUID(manifest.id),
            kind=manifest.kind,
            title=manifest.title or "",
            counts=dict(manifest.counts),
            num_bytes=manifest.num_bytes,
            sources=[uuid.UUID(entry["id"]) for entry in manifest.inputs.values()],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"The {MANIFEST} in {folder.parent.name}/{folder.name} is damaged: {error!r}.",
            advice="Run the job that made it again.",
        ) from error


def _path_below_home(folder: Path) -> str:
    """Relative to the home, by the names that lead there: a part of it may be a link elsewhere."""
    home = settings.TRAINYARD_HOME
    for path in (Path(os.path.normpath(folder.absolute())), folder.resolve()):
        if path.is_relative_to(home):
            return str(path.relative_to(home))
    raise DataError(f"{folder} does not lie in the home folder {home}.")
