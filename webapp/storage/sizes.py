"""Bytes on the disk of a folder; a file with several names (hard links) counts once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def folder_bytes(folder: Path, *, without: Iterable[str] = ()) -> int:
    """Size of all files below, without the entries of the top folder named; 0 when it is gone."""
    left_out, seen = set(without), set[tuple[int, int]]()
    total, waiting = 0, [(folder, True)]
    while waiting:
        place, is_top = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if is_top and entry.name in left_out:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((Path(entry.path), False))
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_size
        except (FileNotFoundError, NotADirectoryError):
            # Taken away while we looked.
            continue
    return total
