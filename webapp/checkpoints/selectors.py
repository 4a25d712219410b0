"""Checkpoints of a run as its folder has them, and the files of artifacts by their manifests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.http import Http404

from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from training.folder.records import map_records
from training.folder.series import read_index, series_path
from webapp.checkpoints.models import CheckpointCheck
from webapp.jobs.models import Artifact, Job
from webapp.projects.models import Project
from webapp.runs.folder_facts import VALIDATION

_PREFIX = "step-"
#: Steps are int64 wherever they are stored; a longer number would be no file name either.
_MAX_STEP = 2**63 - 1


@dataclass(frozen=True)
class StoredFile:
    """One file as its manifest describes it."""

    name: str
    num_bytes: int
    sha256: str


@dataclass(frozen=True)
class CheckpointRow:
    """One whole checkpoint. ``loss`` is the validation loss at its step, None without one."""

    job: Job
    step: int
    loss: float | None
    num_bytes: int
    written_at: datetime
    is_best: bool
    is_last: bool
    files: list[StoredFile]
    check: CheckpointCheck | None


def checkpoints_of(job: Job) -> list[CheckpointRow]:
    """Newest first, with what checks found; folders without a whole manifest are none."""
    checks = {check.step: check for check in CheckpointCheck.objects.filter(job=job)}
    return _rows(job, checks)


def newest_checkpoints(jobs: Iterable[Job]) -> list[CheckpointRow]:
    """The newest checkpoint of each run that has one; reads folders only."""
    return [rows[0] for job in jobs if (rows := _rows(job, {}))]


def checkpoint_folder(job: Job, step: int) -> Path:
    """The folder of one whole checkpoint; Http404 when there is none."""
    folder = job.folder.checkpoint(step)
    if step > _MAX_STEP or not (folder / MANIFEST).is_file():
        raise Http404
    return folder


def files_of(folder: Path) -> list[StoredFile]:
    """What the manifest lists, in order of name; [] without a whole manifest."""
    manifest = read_json(folder / MANIFEST)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    return [_stored(name, entry) for name, entry in sorted((files or {}).items())]


def stored_file(folder: Path, name: str) -> StoredFile:
    """One file of a manifest; Http404 for every other name, so no path leads out of the folder."""
    for file in files_of(folder):
        if file.name == name and (folder / name).is_file():
            return file
    raise Http404


def models_of(project: Project) -> list[Artifact]:
    """Exported models of a project, newest first."""
    rows = Artifact.objects.filter(project=project, kind="model")
    return list(rows.select_related("job").order_by("-created_at")[:200])


def models_with_files(job: Job) -> list[tuple[Artifact, list[StoredFile]]]:
    """What a run exported, with the files of each."""
    return [(model, files_of(model.folder)) for model in job.artifacts.filter(kind="model")]


def _rows(job: Job, checks: Mapping[int, CheckpointCheck]) -> list[CheckpointRow]:
    folders = {step: path for path in _folders(job) if (step := _step(path)) is not None}
    manifests = {step: files_of(path) for step, path in folders.items()}
    whole = sorted((step for step, files in manifests.items() if files), reverse=True)
    losses = _validation_losses(job)
    known = {step: losses[step] for step in whole if math.isfinite(losses.get(step, math.nan))}
    best = min(known, key=lambda step: known[step], default=None)
    return [
        CheckpointRow(
            job=job,
            step=step,
            loss=known.get(step),
            num_bytes=sum(file.num_bytes for file in manifests[step]),
            written_at=datetime.fromtimestamp((folders[step] / MANIFEST).stat().st_mtime, UTC),
            is_best=step == best,
            is_last=step == whole[0],
            files=manifests[step],
            check=checks.get(step),
        )
        for step in whole
    ]


def _folders(job: Job) -> list[Path]:
    try:
        return [path for path in job.folder.checkpoints.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []


def _step(path: Path) -> int | None:
    text = path.name.removeprefix(_PREFIX)
    return int(text) if path.name.startswith(_PREFIX) and text.isdigit() else None


def _stored(name: str, entry: Mapping[str, Any]) -> StoredFile:
    return StoredFile(name, int(entry["num_bytes"]), str(entry["sha256"]))


def _validation_losses(job: Job) -> dict[int, float]:
    series_id = read_index(job.folder.metrics).get(VALIDATION)
    if series_id is None:
        return {}
    records = map_records(series_path(job.folder.metrics, series_id))
    return dict(zip(records["step"].tolist(), records["value"].tolist(), strict=True))
