"""A real file system that is really full: a tmpfs of a given size."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(path: Path, *, num_bytes: int) -> Iterator[Path]:
    """Mount a tmpfs of ``num_bytes`` at ``path``; skips where mounting is not allowed."""
    path.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={num_bytes}", "tmpfs", str(path)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path, *, leaving_bytes: int = 0) -> Path:
    """Write a file that leaves at most ``leaving_bytes`` free; returns it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    if leaving_bytes:
        size = filler.stat().st_size
        with filler.open("r+b") as file:
            file.truncate(max(0, size - leaving_bytes))
    return filler
