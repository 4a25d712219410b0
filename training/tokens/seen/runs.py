"""A run and the runs that its weights come from, as folders: which steps of each count.

A run's base is a checkpoint of another run, or a model that one left or that was exported of one:
of that run only the steps up to the checkpoint are in the weights. A base from elsewhere ends the
chain: what it was trained on is not known here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.errors import DataError
from training.folder.artifact import MANIFEST, load_manifest
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.folder.naming import called
from training.folder.records import map_records, num_records
from training.folder.series import read_index, series_path

_LOSS = "train/loss"
_STEP = "step-"
#: No chain is so long; a circle would be.
_MOST_RUNS = 32


@dataclass(frozen=True)
class PastRun:
    """A run in the making of a model. ``until`` is its last step that is in the weights.

    None of the run that is asked about, whose every step counts. ``trouble`` says why nothing can
    be told of a base, which then has no folder.
    """

    name: str
    folder: JobFolder | None
    until: int | None = None
    trouble: str = ""


@dataclass(frozen=True)
class _Base:
    job: Path
    step: int


def job_folder_of(path: Path) -> JobFolder:
    """The train job's folder, given it or its ``output/``; DataError for anything else."""
    for candidate in (path, path.parent):
        if _train_spec(candidate) is not None:
            return JobFolder(candidate)
    raise DataError(
        f"{path.name} is not a training run: there is no spec.json of the verb train.",
        advice="Name the folder of a train job or its output.",
    )


def with_bases(folder: JobFolder) -> list[PastRun]:
    """The run, the run that its base is of, the run that that one's base is of, and so on."""
    found = [PastRun(folder.root.name, folder)]
    place = folder.root
    while len(found) < _MOST_RUNS:
        named = (_train_spec(place) or {}).get("base")
        if not named:
            break
        try:
            base = _run_behind(Path(os.path.realpath(place / str(named))))
        except DataError as error:
            found.append(PastRun(str(Path(str(named)).name), None, trouble=str(error)))
            break
        found.append(PastRun(base.job.name, JobFolder(base.job), base.step))
        place = base.job
    return found


def runs_behind(base: Path) -> list[PastRun]:
    """The runs that the weights of a model or a checkpoint come from, nearest first.

    Of one that was made elsewhere the only entry says so.
    """
    try:
        nearest = _run_behind(Path(os.path.realpath(base)))
    except DataError as error:
        return [PastRun(base.parent.name, None, trouble=str(error))]
    first, *others = with_bases(JobFolder(nearest.job))
    return [replace(first, until=nearest.step), *others]


def steps_done(folder: JobFolder) -> int:
    """The last step that the run has made, by its metrics or its newest checkpoint."""
    series_id = read_index(folder.metrics).get(_LOSS)
    last = 0
    if series_id is not None:
        path = series_path(folder.metrics, series_id)
        records = map_records(path, max(0, num_records(path) - 1))
        last = int(records["step"][-1]) if len(records) else 0
    saved = (_step_of(path) for path in folder.checkpoints.glob(f"{_STEP}*"))
    return max([last, *(step for step in saved if step is not None)])


def _train_spec(folder: Path) -> dict[str, Any] | None:
    stored = read_json(folder / "spec.json")
    if not isinstance(stored, dict) or stored.get("verb") != "train":
        return None
    spec = stored.get("spec")
    return spec if isinstance(spec, dict) else {}


def _run_behind(base: Path, depth: int = 0) -> _Base:
    """The run and the step that a base is of; DataError says why there is none to be found."""
    step = _step_of(base)
    if step is not None and base.parent.name == "checkpoints":
        job = base.parent.parent
        if _train_spec(job) is None:
            raise DataError(f"The run {job.name}, whose checkpoint is the base, is gone.")
        return _Base(job, step)
    if not (base / MANIFEST).is_file():
        raise DataError(f"The base {base.parent.name} is gone.")
    manifest = load_manifest(base)
    verb = manifest.spec.get("verb")
    if verb == "train":
        return _Base(base.parent, int(manifest.counts.get("step", 0)))
    checkpoint = manifest.spec.get("spec", {}).get("checkpoint")
    if verb == "export" and checkpoint and depth < _MOST_RUNS:
        return _run_behind(Path(os.path.realpath(base.parent / str(checkpoint))), depth + 1)
    raise DataError(
        f"The base {called(base)} was trained elsewhere; what it read is not known here."
    )


def _step_of(path: Path) -> int | None:
    digits = path.name.removeprefix(_STEP)
    return int(digits) if path.name.startswith(_STEP) and digits.isdigit() else None
