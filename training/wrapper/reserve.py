"""A little space laid by in a job's folder, so that its end can be written on a full disk.

Whoever starts a job lays it by first: a disk that has no room even for this is told before there
is a process. The wrapper gives it up when a record does not fit, and when all is written.
"""

from __future__ import annotations

from pathlib import Path

from training.errors import DiskFullError
from training.folder.atomic import write_bytes, write_json
from training.folder.layout import JobFolder

NUM_BYTES = 16 * 1024


def lay_by(folder: JobFolder) -> None:
    """Take the space, unless an earlier attempt has left it; DiskFullError when there is none."""
    if not _path(folder).exists():
        write_bytes(_path(folder), b"\0" * NUM_BYTES)


def give_up(folder: JobFolder) -> None:
    """Let the space go."""
    _path(folder).unlink(missing_ok=True)


def write_record(folder: JobFolder, path: Path, data: object) -> None:
    """Write a small record, if need be in the place of what was laid by."""
    try:
        write_json(path, data)
    except DiskFullError:
        give_up(folder)
        write_json(path, data)


def _path(folder: JobFolder) -> Path:
    return folder.root / ".reserve"
