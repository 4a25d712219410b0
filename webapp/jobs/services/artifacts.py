"""The index of artifact folders: rows made from manifests, and only from manifests."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction

from training.folder.artifact import Manifest, load_manifest
from webapp.accounts.models import User
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.projects.models import Project


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

    DataError when the folder holds no whole manifest.
    """
    manifest = load_manifest(folder)
    path = folder.resolve().relative_to(settings.TRAINYARD_HOME)
    replaced = Artifact.objects.filter(path=str(path)).exclude(pk=manifest.id).first()
    if replaced is not None:
        Artifact.objects.filter(pk=replaced.pk).update(path=f"{path}#{replaced.pk}")
    artifact, _ = Artifact.objects.update_or_create(
        pk=manifest.id,
        defaults={
            "project": project,
            "kind": manifest.kind,
            "title": title or manifest.title or (job.title if job else ""),
            "job": job,
            "created_by": created_by,
            "counts": manifest.counts,
            "num_bytes": manifest.num_bytes,
            "path": str(path),
        },
    )
    artifact.sources.set(_sources(manifest))
    if replaced is not None:
        _replace(replaced, artifact)
    return artifact


def _replace(old: Artifact, new: Artifact) -> None:
    """A job that ran again wrote a new artifact in the old place: who named the old one follows."""
    JobDependency.objects.filter(on_artifact=old).update(on_artifact=new)
    for product in old.products.all():
        product.sources.add(new)
    old.delete()


def _sources(manifest: Manifest) -> list[Artifact]:
    """Rows of the artifacts it was made from; those that are not indexed are left out."""
    ids = [entry["id"] for entry in manifest.inputs.values()]
    return list(Artifact.objects.filter(pk__in=ids))
