"""A zip or tar of a model's files, copied out by name into files that we name.

No member's path is used as a path. Links and devices are left out, sizes are counted while
copying, and an archive that grows beyond what a model of its size could be is refused.
"""

from __future__ import annotations

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from training.errors import DataError
from training.model_files import PICKLE_ENDINGS

_MAX_MEMBERS = 10_000
#: Weights hardly shrink when compressed; JSON does, but is small.
_MAX_RATIO = 20
_FREE_BYTES = 1 << 28
_PIECE_BYTES = 1 << 20
_WANTED = (".safetensors", ".json", ".gguf", ".model", ".tiktoken", ".txt", ".jinja")
#: What the libraries raise for archives that are damaged, encrypted or packed in unknown ways.
_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar (plain, gz, bz2, xz), and no checkpoint of torch."""
    if path.suffix.lower() in (*_WANTED, *PICKLE_ENDINGS):
        return False
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(path: Path, name: str, target: Path) -> dict[str, Path]:
    """{member name: copied file} of what a model may consist of; DataError for a bomb."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    limit = path.stat().st_size * _MAX_RATIO + _FREE_BYTES
    limit = min(limit, shutil.disk_usage(target).free - _FREE_BYTES)
    found: dict[str, Path] = {}
    try:
        for number, (member, stream) in enumerate(_members(path)):
            if number >= _MAX_MEMBERS:
                raise _refusal(name, f"holds more than {_MAX_MEMBERS:,} files")
            if stream is None:
                continue
            if not member.lower().endswith(_WANTED):
                # Only the name is kept, for the sentence about pickles.
                found.setdefault(member, target / "left-out")
                continue
            copied = target / f"member-{number}"
            limit -= _copy(stream, copied, limit, name)
            found[member] = copied
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _refusal(name, f"cannot be read ({error})") from error
    return found


def _members(path: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """(name, content) of every member, None for folders, links and devices."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    yield info.filename, None
                    continue
                with archive.open(info) as stream:
                    yield info.filename, stream
        return
    with tarfile.open(path) as archive:
        for member in archive:
            yield member.name, archive.extractfile(member) if member.isreg() else None


def _copy(stream: IO[bytes], target: Path, limit: int, name: str) -> int:
    written = 0
    with target.open("wb") as file:
        while piece := stream.read(_PIECE_BYTES):
            written += len(piece)
            if written > limit:
                raise _refusal(name, "unpacks to far more than it holds, or than the disk has")
            file.write(piece)
    return written


def _refusal(name: str, why: str) -> DataError:
    return DataError(f"The archive {name} {why}.", advice="Upload the model's files themselves.")
