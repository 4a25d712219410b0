"""Reading below a root folder by a relative name, never out of it: no links, no devices, no ``..``.

Each part of a name is opened from the folder before it without following links (openat with
O_NOFOLLOW), so nothing that changes meanwhile can lead elsewhere. Used for folders that the owner
of a server has registered, and by the verb ``extract`` for folders among its inputs.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.errors import DataError

MAX_FILES = 100_000
MAX_DEPTH = 32
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: A pipe that is opened without O_NONBLOCK waits for ever for its other end.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REASONS = {
    errno.ENOENT: "is not there",
    errno.ELOOP: "is a link, and links are not followed",
    errno.ENOTDIR: "is a link or lies in something that is no folder",
    errno.EACCES: "may not be read by the server",
    errno.ENXIO: "is a socket or a pipe, not a file",
}


@dataclass(frozen=True)
class Entry:
    """One file or folder of a listing; ``num_bytes`` is 0 for folders."""

    name: str
    is_folder: bool
    num_bytes: int
    modified: float


@dataclass(frozen=True)
class Listing:
    """Folders first, by name; ``num_left_out`` counts links, devices and hidden names."""

    entries: list[Entry]
    num_left_out: int


def plain_name(name: str) -> str:
    """The name without doubled slashes; DataError for one that could lead out of its root."""
    path = PurePosixPath(name)
    if "\0" in name or "\\" in name or path.is_absolute() or ".." in path.parts:
        raise DataError(
            f"The name {name[:200]!r} leads out of its folder.",
            advice="Name a file or folder below it, such as novels/1900.",
        )
    return "" if str(path) == "." else str(path)


@contextmanager
def safe_open(root: Path, name: str) -> Iterator[int]:
    """A descriptor of the file or folder ``name`` below ``root``; DataError says why not."""
    descriptor = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in PurePosixPath(plain_name(name)).parts:
            inner = _opened(part, descriptor, name)
            os.close(descriptor)
            descriptor = inner
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise _refused(name, "is a device, a socket or a pipe, not a file")
        yield descriptor
    finally:
        os.close(descriptor)


def safe_list(root: Path, name: str) -> Listing:
    """What the folder ``name`` below ``root`` holds; DataError when it is none."""
    with safe_open(root, name) as descriptor:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise _refused(name, "is a file, not a folder")
        return _listing(descriptor)


def safe_walk(root: Path, name: str = "") -> Iterator[tuple[str, int]]:
    """(relative name, number of names left out) of all files below, sorted, folder by folder.

    The number is given once per folder, with its first file or with an empty name. DataError when
    there are more than ``MAX_FILES``, or folders in folders deeper than ``MAX_DEPTH``.
    """
    waiting, num_files = [plain_name(name)], 0
    while waiting:
        folder = waiting.pop()
        listing = safe_list(root, folder)
        yield "", listing.num_left_out
        inner = [f"{folder}/{entry.name}" if folder else entry.name for entry in listing.entries]
        named = list(zip(inner, listing.entries, strict=True))
        deeper = [path for path, entry in named if entry.is_folder]
        if deeper and len(PurePosixPath(folder).parts) >= MAX_DEPTH:
            raise _refused(folder, f"has more than {MAX_DEPTH} folders in each other")
        waiting.extend(reversed(deeper))
        for path, entry in named:
            if not entry.is_folder:
                yield path, 0
                num_files += 1
        if num_files > MAX_FILES:
            raise _refused(name or ".", f"holds more than {MAX_FILES:,} files; choose a part of it")


def _opened(part: str, folder: int, name: str) -> int:
    try:
        try:
            return os.open(part, _FOLDER, dir_fd=folder)
        except NotADirectoryError:
            return os.open(part, _FILE, dir_fd=folder)
    except OSError as error:
        raise _refused(name, _REASONS.get(error.errno or 0, str(error.strerror))) from error


def _listing(descriptor: int) -> Listing:
    entries, num_left_out = [], 0
    with os.scandir(descriptor) as found:
        for one in found:
            status = one.stat(follow_symlinks=False)
            is_folder, is_file = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
            if not (is_folder or is_file) or one.name.startswith(".") or not _is_text(one.name):
                num_left_out += 1
                continue
            size = 0 if is_folder else status.st_size
            entries.append(Entry(one.name, is_folder, size, status.st_mtime))
    entries.sort(key=lambda entry: (not entry.is_folder, entry.name))
    return Listing(entries, num_left_out)


def _is_text(name: str) -> bool:
    """Whether a name can be shown: bytes that are no UTF-8 and hidden characters cannot."""
    return name.isprintable() and "\\" not in name


def _refused(name: str, reason: str) -> DataError:
    return DataError(
        f"{name[:200] or '.'} {reason}.", advice="Choose a file or a folder that the page lists."
    )
