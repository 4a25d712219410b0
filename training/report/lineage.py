"""Which artifacts a folder was made from, found by walking manifests and their specs on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.errors import DataError
from training.folder.artifact import MANIFEST, Manifest, load_manifest, sha256_file
from training.registry import VERBS


@dataclass(frozen=True)
class Ancestor:
    """One artifact in the making of another. ``folder`` is None when it is no longer there."""

    kind: str
    id: str
    manifest_sha256: str
    folder: Path | None
    manifest: Manifest | None


def ancestors(folder: Path) -> list[Ancestor]:
    """The artifact in ``folder`` and everything it was made from, nearest first, each once."""
    found: dict[str, Ancestor] = {}
    _walk(folder, found)
    return list(found.values())


def _walk(folder: Path, found: dict[str, Ancestor]) -> None:
    try:
        manifest = load_manifest(folder)
    except DataError:
        return
    if manifest.id in found:
        return
    digest = sha256_file(folder / MANIFEST)
    found[manifest.id] = Ancestor(manifest.kind, manifest.id, digest, folder, manifest)
    for parent in _input_folders(folder, manifest):
        _walk(parent, found)
    known = {ancestor.id for ancestor in found.values()}
    for entry in manifest.inputs.values():
        if entry["id"] not in known:
            found[entry["id"]] = Ancestor(
                entry["kind"], entry["id"], entry["manifest_sha256"], None, None
            )


def _input_folders(folder: Path, manifest: Manifest) -> list[Path]:
    """Input folders as the producing job's spec names them, relative to that job's folder."""
    verb = VERBS.get(str(manifest.spec.get("verb", "")))
    data = manifest.spec.get("spec", {})
    if verb is None:
        return []
    names = verb.load_spec().artifact_fields()
    paths = [folder.parent / str(data[name]) for name in names if data.get(name)]
    return [path.resolve() for path in paths if (path / MANIFEST).exists()]
