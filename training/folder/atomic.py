"""Writes that are whole or absent: temporary name in the same folder, fsync, rename, fsync folder.

A full disk becomes a DiskFullError that names the file and the free space, after the temporary
file has been taken back.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from training.errors import DiskFullError
from training.units import format_bytes

_FULL = {errno.ENOSPC, errno.EDQUOT}


def write_bytes(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Replace ``path`` by ``data`` in one step; readers see the old file or the new one.

    Several threads and processes may do so at once: the last one wins. ``mode`` (less the umask)
    holds from the first moment.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        opener = partial(os.open, mode=mode)
        with full_disk_named(path), open(temporary, "xb", opener=opener) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def write_json(path: Path, data: object, *, mode: int = 0o666) -> None:
    """``write_bytes`` of indented JSON; NaN is refused (ValueError)."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    write_bytes(path, (text + "\n").encode(), mode=mode)


def read_json(path: Path) -> Any:
    """Parse a JSON file of ours; None when it does not exist or is not whole."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def replace_folder(whole: Path, destination: Path) -> None:
    """Rename the folder ``whole`` to ``destination``, in place of what may stand there.

    A kill in between leaves the old folder whole, under a name that ends in ``.old``.
    """
    old = destination.with_name(destination.name + ".old")
    if destination.exists():
        shutil.rmtree(old, ignore_errors=True)
        destination.rename(old)
    whole.rename(destination)
    fsync_folder(destination.parent)
    shutil.rmtree(old, ignore_errors=True)


def link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under a second name; where the file system has no links, a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def fsync_file(path: Path) -> None:
    """Flush one file to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_folder(path: Path) -> None:
    """Flush a folder's entries, so that a rename in it survives a power cut."""
    fsync_file(path)


def fsync_tree(root: Path) -> None:
    """Flush every file and folder below ``root``, leaves first."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            fsync_file(Path(folder) / name)
        fsync_folder(Path(folder))


def is_full(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that the disk (or the quota) is full."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DiskFullError):
            return True
        if isinstance(seen, OSError) and seen.errno in _FULL:
            return True
        # safetensors and Arrow wrap the errno into their own exception's text.
        if "No space left on device" in str(seen) or "os error 28" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Turn "no space left" from any library into a DiskFullError that names the file."""
    try:
        yield
    except Exception as error:
        if isinstance(error, DiskFullError) or not is_full(error):
            raise
        raise disk_full(path) from error


def disk_full(path: Path) -> DiskFullError:
    """The sentence for a full disk at ``path``."""
    folder = path if path.is_dir() else path.parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return DiskFullError(
        f"The disk is full: {path.name} could not be written ({format_bytes(free)} free).",
        advice="Free some space; what was written before is whole and the job can be resumed.",
    )
