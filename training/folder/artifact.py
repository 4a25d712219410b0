"""Immutable artifact folders: written under a temporary name, hashed, manifest last, renamed.

``manifest.json`` holds kind, format version, SHA-256 and size of every file, producing job, spec,
input artifacts, counts and library versions. Lineage is the graph of manifests; a folder without
a manifest is no artifact.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import training
from training.errors import DataError
from training.folder.atomic import (
    fsync_tree,
    full_disk_named,
    read_json,
    replace_folder,
    write_json,
)

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_LIBRARIES = ("torch", "transformers", "accelerate", "tokenizers", "numpy", "pyarrow", "numba")
_CHUNK_BYTES = 1 << 20


@dataclass
class ArtifactDraft:
    """An artifact being written: put files under ``path``, numbers into ``counts``."""

    path: Path
    kind: str
    inputs: dict[str, Path] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    job: str = ""
    counts: dict[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a finished artifact says of itself."""

    id: str
    kind: str
    title: str
    counts: dict[str, Any]
    files: dict[str, dict[str, Any]]
    inputs: dict[str, dict[str, str]]
    spec: dict[str, Any]
    job: str
    created: float
    libraries: dict[str, str]
    format_version: int

    @property
    def num_bytes(self) -> int:
        """Size of all files but the manifest."""
        return sum(int(entry["num_bytes"]) for entry in self.files.values())


@contextmanager
def write_artifact(
    destination: Path,
    kind: str,
    *,
    inputs: dict[str, Path] | None = None,
    spec: dict[str, Any] | None = None,
    job: str = "",
) -> Iterator[ArtifactDraft]:
    """Write an artifact folder; it appears at ``destination`` whole, or not at all.

    ``inputs`` maps a role to the artifact folder read; ids come from their manifests. Raises
    DiskFullError after taking the temporary folder back.
    """
    temporary = destination.with_name(destination.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    draft = ArtifactDraft(temporary, kind, dict(inputs or {}), dict(spec or {}), job)
    try:
        with full_disk_named(destination):
            yield draft
            write_json(temporary / MANIFEST, _manifest_data(draft))
            fsync_tree(temporary)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    replace_folder(temporary, destination)


def load_manifest(path: Path) -> Manifest:
    """The manifest of an artifact folder; DataError when the folder is not a whole artifact."""
    data = read_json(path / MANIFEST)
    if not isinstance(data, dict) or not {"id", "kind", "files"} <= set(data):
        raise DataError(
            f"{_named(path)} is not a finished artifact: its {MANIFEST} is missing or torn.",
            advice="Name the output folder of a job that has finished, or run that job again.",
        )
    known: dict[str, Any] = {name: data.get(name) for name in Manifest.__dataclass_fields__}
    return Manifest(**known)


def require_described(
    path: Path, kind: str, file: str, version: int, *, keys: Sequence[str], advice: str
) -> tuple[Manifest, dict[str, Any]]:
    """``require_kind``, and ``described``."""
    return require_kind(path, kind), described(path, file, version, keys=keys, advice=advice)


def described(
    path: Path, file: str, version: int, *, keys: Sequence[str], advice: str
) -> dict[str, Any]:
    """What ``file`` in an artifact says of it, of which ``keys`` are always a part.

    DataError with the advice when the file is torn, or written in a format above ``version``.
    """
    info = read_json(path / file)
    if not isinstance(info, dict) or not set(keys) <= set(info):
        raise DataError(f"{_named(path)}/{file} is missing or torn.", advice=advice)
    written = info.get("format_version", 0)
    if not isinstance(written, int):
        raise DataError(f"{_named(path)}/{file} is damaged: it has no version.", advice=advice)
    if written > version:
        raise DataError(
            f"{_named(path)}/{file} was written by a newer Trainyard (format {written}; this one "
            f"reads up to {version}).",
            advice="Upgrade this installation.",
        )
    return info


def require_kind(path: Path, kind: str) -> Manifest:
    """``load_manifest`` that insists on the kind, and on all files being there at full size.

    Their bytes are not hashed (``changed_files`` does that): this runs before every job.
    """
    manifest = load_manifest(path)
    if manifest.kind != kind:
        raise DataError(
            f"{_named(path)} is of the kind {manifest.kind} where {kind} is needed.",
            advice=f"Name the output folder of a job that makes {kind}.",
        )
    for name, entry in manifest.files.items():
        file = path / name
        size = file.stat().st_size if file.is_file() else -1
        if size != entry["num_bytes"]:
            got = "is missing" if size < 0 else f"has {size:,} bytes of {entry['num_bytes']:,}"
            raise DataError(
                f"{_named(path)} is damaged: its file {name} {got}.",
                advice=f"Run the job that makes these {kind} again.",
            )
    return manifest


def changed_files(path: Path) -> list[str]:
    """Names of files that are missing or whose SHA-256 differs from the manifest; [] = whole."""
    manifest = load_manifest(path)
    return [
        name
        for name, entry in manifest.files.items()
        if not (path / name).is_file() or sha256_file(path / name) != entry["sha256"]
    ]


def sha256_file(path: Path) -> str:
    """SHA-256 of a file in hex, read in 1 MB pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def describe_files(root: Path) -> dict[str, dict[str, Any]]:
    """{relative name: {"sha256", "num_bytes"}} of every file below ``root`` but the manifest."""
    return {
        str(file.relative_to(root)): {
            "sha256": sha256_file(file),
            "num_bytes": file.stat().st_size,
        }
        for file in sorted(root.rglob("*"))
        if file.is_file() and file != root / MANIFEST
    }


def library_versions() -> dict[str, str]:
    """Versions of what could change the numbers, read without importing any of it."""
    versions = {"trainyard": training.__version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _named(path: Path) -> str:
    """Most artifact folders are called ``output``; the job's folder tells them apart."""
    return f"{path.parent.name}/{path.name}"


def _manifest_data(draft: ArtifactDraft) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "kind": draft.kind,
        "title": draft.title,
        "format_version": FORMAT_VERSION,
        "created": time.time(),
        "job": draft.job,
        "counts": draft.counts,
        "inputs": {role: _input_entry(path) for role, path in draft.inputs.items()},
        "spec": draft.spec,
        "libraries": library_versions(),
        "files": describe_files(draft.path),
    }


def _input_entry(path: Path) -> dict[str, str]:
    manifest = load_manifest(path)
    return {
        "id": manifest.id,
        "kind": manifest.kind,
        "manifest_sha256": sha256_file(path / MANIFEST),
    }
