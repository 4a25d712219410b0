"""Which files of rows a verb reads: those of the spec, of an upload, of extracted documents."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.corpus.documents import Documents
from training.corpus.extract.inputs import UPLOAD_FILES
from training.errors import DataError, Problem, SpecError
from training.folder.artifact import sha256_file
from training.folder.atomic import read_json
from training.folder.job import Job
from training.specs.tasks import RowFile, TasksSpec
from training.tasks.formats import format_of


@dataclass(frozen=True)
class RowInput:
    """One file to read. ``name`` is what people call it, ``format`` empty when none fits."""

    path: Path
    name: str
    format: str
    sha256: str


def find_inputs(spec: TasksSpec, job: Job) -> list[RowInput]:
    """All files in stated order; SpecError names every one that cannot be read."""
    found = named_files(spec.inputs, job)
    if spec.upload:
        found += uploaded_files(job.input(spec.upload, "upload"))
    if spec.documents:
        documents = Documents.open(job.input(spec.documents, "documents"))
        found += [
            RowInput(shard, shard.name, "documents", documents.manifest.files[shard.name]["sha256"])
            for shard in documents.shards()
        ]
    return found


def named_files(inputs: Sequence[RowFile], job: Job) -> list[RowInput]:
    """The files of a spec's field ``inputs``; SpecError names every one that cannot be read."""
    found: list[RowInput] = []
    problems: list[Problem] = []
    for index, item in enumerate(inputs):
        path = Path(os.path.realpath(job.folder.root / item.path))
        try:
            found.append(_from_spec(item, path))
        except OSError as error:
            problems.append(
                Problem(
                    f"inputs.{index}.path",
                    f"cannot be read ({error.strerror})",
                    # A path of the server is nothing for a page.
                    got=Path(item.path).name,
                    expected="a .jsonl, .json, .csv, .tsv or .parquet file, or an archive of them",
                )
            )
    if problems:
        raise SpecError(problems)
    return found


def uploaded_names(folder: Path) -> list[dict[str, str]]:
    """``name``, ``file`` and ``sha256`` of every file of an upload; DataError without a list."""
    listed = read_json(folder / UPLOAD_FILES)
    if not isinstance(listed, list) or not all(
        isinstance(entry, dict) and {"name", "file", "sha256"} <= set(entry) for entry in listed
    ):
        raise DataError(
            f"The upload {folder.name} has no whole {UPLOAD_FILES}.", advice="Upload again."
        )
    return listed


def uploaded_files(folder: Path) -> list[RowInput]:
    """The files of an upload; DataError when one is missing or not what was uploaded."""
    found = []
    for entry in uploaded_names(folder):
        path, name = folder / Path(entry["file"]).name, entry["name"]
        if not path.is_file() or sha256_file(path) != entry["sha256"]:
            raise DataError(
                f"The uploaded file {name!r} is missing or not what was uploaded.",
                advice="Upload it again.",
            )
        found.append(RowInput(path, name, format_of(name), entry["sha256"]))
    return found


def _from_spec(item: RowFile, path: Path) -> RowInput:
    """A file named in the spec; OSError when it cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):
        # A pipe or a device has no end, a folder no bytes.
        raise OSError(errno.EINVAL, "Not a regular file")
    name = Path(item.path).name
    return RowInput(path, name, format_of(name, str(item.format)), sha256_file(path))
