"""Which files the verb ``extract`` reads: those named in the spec, then those of an upload.

An upload folder holds ``files.json``: [{"name": as uploaded, "file": as stored, "sha256": hex}],
optionally with source, language and licence of a file. Names are shown, never opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.corpus.cpython_text import SOURCES, write_cpython_texts
from training.corpus.extract.formats import ACCEPTED, recognised
from training.errors import DataError, FileRefusedError, Problem, SpecError
from training.folder.artifact import sha256_file
from training.folder.atomic import read_json
from training.folder.job import Job
from training.folder.roots import safe_walk
from training.sniffing import SNIFF_BYTES
from training.specs.extract import Builtin, ExtractSpec, FileFormat, InputFile

UPLOAD_FILES = "files.json"


@dataclass(frozen=True)
class Input:
    """One file to read. ``name`` is what people call it.

    ``refused`` says why no reader takes it, ``warning`` that its name promised another format.
    """

    path: Path
    name: str
    source: str
    language: str
    licence: str
    format: str
    sha256: str
    refused: str = ""
    warning: str = ""

    @property
    def num_bytes(self) -> int:
        """Size on disk."""
        return self.path.stat().st_size


def find_inputs(spec: ExtractSpec, job: Job) -> list[Input]:
    """All files in stated order; SpecError names every one that cannot be read."""
    found: list[Input] = []
    problems: list[Problem] = []
    for index, item in enumerate(spec.inputs):
        path = Path(os.path.realpath(job.folder.root / item.path))
        try:
            found.extend(_named_files(item, path, job))
        except OSError as error:
            problems.append(
                Problem(
                    f"inputs.{index}.path",
                    f"cannot be read ({error.strerror})",
                    # A path of the server is nothing for a page.
                    got=Path(item.path).name,
                    expected=f"a file named {ACCEPTED}",
                )
            )
    if problems:
        raise SpecError(problems)
    return [*found, *(_uploaded(spec, job) if spec.upload else []), *_builtin(spec, job)]


def _named_files(item: InputFile, path: Path, job: Job) -> Iterator[Input]:
    """The file itself; of a folder all files below it, named with the folder."""
    if not path.is_dir():
        yield _from_spec(item, path)
        return
    num_files = num_left_out = 0
    for name, num_others in safe_walk(path):
        num_left_out += num_others
        if name:
            num_files += 1
            below = item.replace(path=name, source=item.source or path.name)
            yield replace(_from_spec(below, path / name), name=f"{path.name}/{name}")
    if num_left_out:
        job.warn(
            f"{path.name}: {num_left_out:,} hidden names, links and devices were left out.",
            file=path.name,
        )
    if not num_files:
        raise OSError(errno.ENOENT, "A folder without files")


def _from_spec(item: InputFile, path: Path) -> Input:
    """A file named in the spec; OSError when it cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):
        # A pipe or a device has no end.
        raise OSError(errno.EINVAL, "Not a regular file")
    name = Path(item.path).name
    found = Input(
        path,
        name,
        item.source or Path(name).stem,
        item.language,
        item.licence,
        "" if item.format == FileFormat.AUTO else str(item.format),
        sha256_file(path),
    )
    return found if found.format else _recognised(found)


def _builtin(spec: ExtractSpec, job: Job) -> list[Input]:
    """Text found on this machine, gathered into the job folder."""
    if spec.builtin == Builtin.NONE:
        return []
    job.phase("gathering Python's documentation and docstrings")
    return [
        Input(path, path.name, SOURCES[path.name], "en", "PSF-2.0", "jsonl", sha256_file(path))
        for path in write_cpython_texts(job.folder.root / "found")
    ]


def _uploaded(spec: ExtractSpec, job: Job) -> list[Input]:
    folder = job.input(spec.upload, "upload")
    listed = read_json(folder / UPLOAD_FILES)
    if not isinstance(listed, list) or not all(_is_entry(entry) for entry in listed):
        raise DataError(
            f"The upload {folder.name} has no whole {UPLOAD_FILES}.", advice="Upload again."
        )
    found = []
    for entry in listed:
        path = folder / Path(entry["file"]).name
        if not path.is_file() or sha256_file(path) != entry["sha256"]:
            raise DataError(
                f"The uploaded file {entry['name']!r} is missing or not what was uploaded.",
                advice="Upload it again.",
            )
        found.append(
            _recognised(
                Input(
                    path,
                    entry["name"],
                    entry.get("source") or spec.source or Path(entry["name"]).stem,
                    entry.get("language") or spec.language,
                    entry.get("licence") or spec.licence,
                    "",
                    entry["sha256"],
                )
            )
        )
    return found


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and {"name", "file", "sha256"} <= set(entry)


def _recognised(item: Input) -> Input:
    """The input with the format that its first bytes and its name show, or why it has none."""
    try:
        with item.path.open("rb") as file:
            kind = recognised(item.name, file.read(SNIFF_BYTES), item.num_bytes)
    except FileRefusedError as error:
        return replace(item, refused=str(error))
    return replace(item, format=kind.format, warning=kind.warning)
