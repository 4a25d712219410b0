"""Checkpoints on disk: safetensors per rank, an index of slices, state, and a manifest last.

``step-NNNNNNNN/rank-0.safetensors`` holds tensors; ``index.json`` gives each tensor's global
shape, dtype and the slice that each file holds, so that another number of ranks can read it by
slice arithmetic; ``state.json`` holds counters and metric lengths; ``manifest.json`` (SHA-256 of
every file) is written last and the folder is renamed into place. Nothing pickled is ever written
or read. A folder that is not whole is set aside as ``step-NNNNNNNN.damaged``, with an event, in
favour of the one before it.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from training.errors import CheckpointError
from training.folder.artifact import MANIFEST, describe_files, sha256_file
from training.folder.atomic import (
    fsync_tree,
    full_disk_named,
    read_json,
    replace_folder,
    write_json,
)
from training.folder.layout import JobFolder
from training.loop.snapshot import MODEL, Snapshot
from training.loop.state import TrainState
from training.specs.model import ModelSpec

FORMAT_VERSION = 1
STATE = "state.json"
#: Key of a checkpoint's extra data: false of one that was made because the run was stopped.
SCHEDULED = "is_scheduled"
_TENSOR_FILE = "rank-0.safetensors"
_NAME = re.compile(r"step-\d+")
_TEMPORARY = ".tmp"
_REPLACED = ".old"
_DAMAGED = ".damaged"


@dataclass(frozen=True)
class Found:
    """The newest whole checkpoint, and the newer ones that are not whole (path, reason)."""

    path: Path | None
    damaged: list[tuple[Path, str]]


def write_checkpoint(folder: JobFolder, snapshot: Snapshot, model: ModelSpec) -> Path:
    """Write one checkpoint, read it back, and only then let it appear.

    Raises DiskFullError, or CheckpointError when the disk holds something else than was written.
    """
    destination = folder.checkpoint(snapshot.state.step)
    temporary = destination.with_name(destination.name + _TEMPORARY)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with full_disk_named(destination):
            temporary.mkdir(parents=True)
            _write_files(temporary, snapshot, model)
            fsync_tree(temporary)
            _require_as_written(temporary, snapshot)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    replace_folder(temporary, destination)
    return destination


def read_checkpoint(path: Path) -> Snapshot:
    """Read a whole checkpoint (``damage`` says whether it is one)."""
    data = json.loads((path / STATE).read_bytes())
    return Snapshot(_read_tensors(path), TrainState.from_dict(data["state"]), data["extra"])


def read_state(path: Path) -> Snapshot | None:
    """A checkpoint without its tensors; None when its state is missing or torn."""
    data = read_json(path / STATE)
    if not isinstance(data, dict) or not {"state", "extra"} <= data.keys():
        return None
    return Snapshot({}, TrainState.from_dict(data["state"]), data["extra"])


def is_scheduled(path: Path) -> bool:
    """Whether the checkpoint would be there if nobody had stopped the run."""
    kept = read_state(path)
    return kept is None or bool(kept.extra.get(SCHEDULED, True))


def load_model_tensors(path: Path) -> tuple[dict[str, Tensor], ModelSpec]:
    """Weights alone of a checkpoint folder, and the model they belong to.

    Raises CheckpointError when the folder is not a whole checkpoint.
    """
    reason = damage(path)
    if reason:
        raise CheckpointError(
            f"{path.name} is not a whole checkpoint: {reason}.",
            advice="Name another step-NNNNNNNN folder of a training job.",
        )
    data = json.loads((path / STATE).read_bytes())
    tensors = _read_tensors(path, prefix=MODEL)
    weights = {name.removeprefix(MODEL): tensor for name, tensor in tensors.items()}
    return weights, ModelSpec.model_validate(data["model"])


def damage(path: Path) -> str:
    """Why a checkpoint folder is not whole; empty when it is. Hashes every file."""
    manifest = read_json(path / MANIFEST)
    if not isinstance(manifest, dict) or "files" not in manifest:
        return "its manifest is missing or torn"
    if manifest.get("format_version", 0) > FORMAT_VERSION:
        return "it was written by a newer Trainyard"
    if STATE not in manifest["files"]:
        return "it is an artifact of another kind"
    for name, entry in manifest["files"].items():
        file = path / name
        if not file.is_file():
            return f"{name} is missing"
        if file.stat().st_size != entry["num_bytes"] or sha256_file(file) != entry["sha256"]:
            return f"{name} is not what was written (SHA-256 differs)"
    return ""


def checkpoint_paths(folder: JobFolder) -> list[Path]:
    """Checkpoint folders, oldest first, whole or not; none that is temporary or set aside."""
    found = [p for p in folder.checkpoints.glob("step-*") if _NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(found, key=step_of)


def newest_whole(folder: JobFolder) -> Found:
    """Walk back from the newest checkpoint to the first whole one."""
    damaged: list[tuple[Path, str]] = []
    for path in reversed(checkpoint_paths(folder)):
        reason = damage(path)
        if not reason:
            return Found(path, damaged)
        damaged.append((path, reason))
    return Found(None, damaged)


def step_of(path: Path) -> int:
    """The optimizer step a checkpoint folder is named after."""
    return int(path.name.removeprefix("step-"))


def remove_leftovers(folder: JobFolder) -> None:
    """Take away what a kill in the middle of a write left; put back what it was to replace."""
    for path in folder.checkpoints.glob(f"step-*{_TEMPORARY}"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.checkpoints.glob(f"step-*{_REPLACED}"):
        replaced = path.with_suffix("")
        if replaced.exists():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.rename(replaced)


def set_aside(path: Path) -> None:
    """Give a damaged checkpoint a name under which nothing counts it, for people to look at."""
    damaged = path.with_name(path.name + _DAMAGED)
    shutil.rmtree(damaged, ignore_errors=True)
    path.rename(damaged)


def retire(folder: JobFolder, *, keep_last: int, best_step: int, keep_every: int = 0) -> None:
    """Delete all but the newest ``keep_last`` scheduled checkpoints, the best and the newest one.

    Of every ``keep_every``-th step they are kept for ever.
    """
    paths = checkpoint_paths(folder)
    scheduled = [path for path in paths if is_scheduled(path)]
    kept = {*scheduled[-keep_last:], *paths[-1:]}
    for path in paths:
        step = step_of(path)
        is_kept = path in kept or step == best_step
        if not is_kept and not (keep_every and step % keep_every == 0):
            discard(path)


def discard(path: Path) -> None:
    """Delete a checkpoint. Renamed first: a kill leaves no half one under a good name."""
    doomed = path.with_name(path.name + _TEMPORARY)
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _write_files(path: Path, snapshot: Snapshot, model: ModelSpec) -> None:
    save_file(snapshot.tensors, path / _TENSOR_FILE)
    write_json(path / "index.json", {"tensors": _index(snapshot.tensors)})
    state = {
        "format_version": FORMAT_VERSION,
        "state": snapshot.state.as_dict(),
        "extra": snapshot.extra,
        "model": model.model_dump(mode="json"),
    }
    write_json(path / STATE, state)
    manifest = {"format_version": FORMAT_VERSION, "files": describe_files(path)}
    write_json(path / MANIFEST, manifest)


def _require_as_written(path: Path, snapshot: Snapshot) -> None:
    """Every bit of every tensor, as the file system gives it back."""
    with safe_open(path / _TENSOR_FILE, framework="pt") as file:
        for name, tensor in snapshot.tensors.items():
            if not _bits(file.get_tensor(name)).equal(_bits(tensor)):
                raise CheckpointError(
                    f"{path.name}: the disk gives back other numbers than were written ({name}).",
                    advice="Check the disk; the checkpoint before this one is kept.",
                )


def _bits(tensor: Tensor) -> Tensor:
    """[n] bytes: NaN is not equal to itself, its bits are."""
    return tensor.reshape(-1).view(torch.uint8)


def _index(tensors: dict[str, Tensor]) -> dict[str, Any]:
    return {
        name: {
            "shape": list(tensor.shape),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "parts": [
                {
                    "file": _TENSOR_FILE,
                    "offset": [0] * tensor.dim(),
                    "shape": list(tensor.shape),
                }
            ],
        }
        for name, tensor in tensors.items()
    }


def _read_tensors(path: Path, prefix: str = "") -> dict[str, Tensor]:
    """Put every tensor together from the slices that the index names."""
    index = json.loads((path / "index.json").read_bytes())["tensors"]
    wanted = {name: entry for name, entry in index.items() if name.startswith(prefix)}
    whole = {
        name: torch.empty(entry["shape"], dtype=getattr(torch, entry["dtype"]))
        for name, entry in wanted.items()
    }
    files = {part["file"] for entry in wanted.values() for part in entry["parts"]}
    for file in sorted(files):
        with safe_open(path / file, framework="pt") as tensors:
            for name, entry in wanted.items():
                for part in entry["parts"]:
                    if part["file"] == file:
                        _place(whole[name], tensors.get_tensor(name), part)
    return whole


def _place(target: Tensor, source: Tensor, part: dict[str, Any]) -> None:
    where = tuple(
        slice(start, start + length)
        for start, length in zip(part["offset"], part["shape"], strict=True)
    )
    target[where] = source
