"""Which files an import reads: of an upload, a folder, an archive, or one GGUF file.

Files are known by their name in the model's folder; where they lie is nobody's business further
on, so that a name such as ``../x`` in an index leads nowhere.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from training.errors import DataError
from training.folder.artifact import load_manifest
from training.folder.atomic import read_json
from training.folder.job import Job
from training.importing.archive import is_archive, unpack
from training.model_files import PICKLE_ENDINGS, is_lfs_pointer, is_pickled
from training.specs.importing import ImportSpec

UPLOAD_FILES = "files.json"
CONFIG = "config.json"
_ADAPTER_CONFIG = "adapter_config.json"
_MAX_FILES = 10_000
_HEAD_BYTES = 512
_REMEDY = (
    "Save the model as safetensors: in transformers, model.save_pretrained(folder); or import a "
    "GGUF file."
)


class Asked(Protocol):
    """A spec that names an upload or a path."""

    @property
    def upload(self) -> str:
        """A folder, empty for a path."""

    @property
    def path(self) -> str:
        """A folder, file or archive, empty for an upload."""


@dataclass(frozen=True)
class Source:
    """The model's files by name, and which of them is a GGUF file to read ("" for none)."""

    files: dict[str, Path]
    gguf: str = ""
    #: What people call the model: its upload, folder or file.
    name: str = ""


def find_source(spec: ImportSpec, job: Job) -> Source:
    """Look at what is there; DataError when it is no model, or one that must not be read."""
    files = listed_files(spec, job)
    ggufs = sorted(name for name in files if name.lower().endswith(".gguf"))
    # Repositories of GGUF files often hold the config.json of the model that they were made from.
    is_folder = _has_config(files) and _has_safetensors(files)
    if spec.file or (ggufs and not is_folder):
        chosen = _chosen(spec.file, ggufs)
        return Source(files, chosen, PurePosixPath(chosen).stem)
    files = _beside_config(files)
    _require_safetensors(files)
    return Source(files, name=source_name(spec, job))


def listed_files(spec: Asked, job: Job) -> dict[str, Path]:
    """{name: file} of the upload or path that a spec names; a lone archive is opened."""
    found = _uploaded(job.input(spec.upload, "upload")) if spec.upload else _local(spec.path, job)
    return _unpacked(found, job)


def source_name(spec: Asked, job: Job) -> str:
    """What people call the upload or path."""
    if spec.upload:
        return load_manifest(job.input(spec.upload, "upload")).title
    return Path(os.path.realpath(job.folder.root / spec.path)).name.partition(".")[0]


def refuse_foreign(path: Path, name: str) -> None:
    """Refuse a weights file that by its first bytes is none: a pickle, an LFS pointer, a page."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if is_lfs_pointer(head):
        raise DataError(
            f"{name} is a Git LFS pointer ({path.stat().st_size} bytes of text), not the file "
            "itself.",
            advice="Fetch the real files with git lfs pull, then upload them.",
        )
    if is_pickled(head):
        raise DataError(
            f"{name} is a pickled checkpoint under another name; pickles can run code and are "
            "never read.",
            advice=_REMEDY,
        )
    if not head:
        raise DataError(f"{name} is empty (0 bytes).", advice="Upload it again.")


def _uploaded(folder: Path) -> dict[str, Path]:
    listed = read_json(folder / UPLOAD_FILES)
    whole = isinstance(listed, list) and all(
        isinstance(entry, dict) and {"name", "file"} <= set(entry) for entry in listed
    )
    if not whole or not isinstance(listed, list):
        raise DataError(
            f"The upload {folder.name} has no whole {UPLOAD_FILES}.", advice="Upload again."
        )
    return {str(entry["name"]): folder / Path(str(entry["file"])).name for entry in listed}


def _local(text: str, job: Job) -> dict[str, Path]:
    path = Path(os.path.realpath(job.folder.root / text))
    if path.is_dir():
        return {
            file.relative_to(path).as_posix(): file
            for file in sorted(path.rglob("*"))[:_MAX_FILES]
            if file.is_file() and not file.is_symlink()
        }
    # A pipe or a device has no end.
    if not path.exists() or not stat.S_ISREG(path.stat().st_mode):
        raise DataError(
            f"path: there is no folder or file {os.path.relpath(path)}.",
            advice="Name a Hugging Face folder, an archive of one, or a GGUF file.",
        )
    return {path.name: path}


def _unpacked(files: dict[str, Path], job: Job) -> dict[str, Path]:
    """Archives opened; an archive beside other files is only opened when no model is there."""
    archives = [name for name, path in files.items() if is_archive(path)]
    if len(archives) == 1 and not _has_config(files):
        return unpack(files[archives[0]], archives[0], job.folder.root / "unpacked.tmp")
    return files


def _has_config(files: dict[str, Path]) -> bool:
    return any(PurePosixPath(name).name == CONFIG for name in files)


def _has_safetensors(files: dict[str, Path]) -> bool:
    return any(name.endswith(".safetensors") for name in files)


def _chosen(wanted: str, ggufs: list[str]) -> str:
    if wanted:
        if wanted not in ggufs:
            raise DataError(
                f"file: {wanted!r} is not among the GGUF files: {', '.join(ggufs) or 'none'}."
            )
        return wanted
    if len(ggufs) > 1:
        raise DataError(
            f"There are {len(ggufs)} GGUF files: {', '.join(ggufs[:8])}.",
            advice="Name one of them in the field file.",
        )
    return ggufs[0]


def _beside_config(files: dict[str, Path]) -> dict[str, Path]:
    """The files in the folder of the uppermost config.json, by their bare names."""
    places = sorted(
        (PurePosixPath(name) for name in files if PurePosixPath(name).name == CONFIG),
        key=lambda place: (len(place.parts), str(place)),
    )
    if not places:
        refuse_pickles(files)
        _refuse_adapter(files)
        raise DataError(
            "There is no config.json and no GGUF file among the files: "
            f"{', '.join(sorted(files)[:8]) or 'none'}.",
            advice="Choose all files of the Hugging Face folder, or one GGUF file.",
        )
    folder = places[0].parent
    return {
        PurePosixPath(name).name: path
        for name, path in files.items()
        if PurePosixPath(name).parent == folder
    }


def _require_safetensors(files: dict[str, Path]) -> None:
    if not _has_safetensors(files):
        refuse_pickles(files)
        raise DataError(
            f"There are no weights beside config.json: {', '.join(sorted(files)[:8])}.",
            advice="Upload the *.safetensors files too.",
        )


def _refuse_adapter(files: dict[str, Path]) -> None:
    if any(PurePosixPath(name).name == _ADAPTER_CONFIG for name in files):
        raise DataError(
            f"These are the files of an adapter ({_ADAPTER_CONFIG}), which is no model by itself.",
            advice="Merge it into its base first: in peft, model.merge_and_unload()"
            ".save_pretrained(folder); then upload that folder.",
        )


def refuse_pickles(files: dict[str, Path]) -> None:
    """DataError when one of the files is by its name a pickled checkpoint."""
    pickled = sorted(name for name in files if name.lower().endswith(PICKLE_ENDINGS))
    if pickled:
        raise DataError(
            f"{', '.join(pickled[:4])}: pickled checkpoints can run code and are never read.",
            advice=_REMEDY,
        )
