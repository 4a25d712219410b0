"""Whether anything was appended to a job's folder, told by sizes alone: cheap enough for 20 Hz."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from training.folder.layout import JobFolder

_Size = tuple[str, int, int]
_METRICS = (".series", ".jsonl", ".json")


class Signature(NamedTuple):
    """``metrics`` are told at once; ``texts`` (events, log) may wait to travel with them."""

    metrics: tuple[_Size, ...]
    texts: tuple[_Size, ...]


def files_signature(folder: JobFolder) -> Signature:
    """Sizes of what grows, and the identity of what is replaced (the generation)."""
    texts = tuple(_size(path) for path in (folder.events, folder.wrapper_events, folder.log))
    try:
        with os.scandir(folder.metrics) as entries:
            metrics = sorted(
                (entry.name, status.st_size, status.st_ino)
                for entry in entries
                if entry.name.endswith(_METRICS) and (status := entry.stat())
            )
    except FileNotFoundError:
        metrics = []
    return Signature(tuple(metrics), texts)


def _size(path: Path) -> _Size:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (path.name, 0, 0)
    return (path.name, status.st_size, status.st_ino)
