"""The end of a file that grows without bound: what is read does not grow with it."""

from __future__ import annotations

from pathlib import Path


def file_end(path: Path, *, most_bytes: int, stop: int | None = None) -> tuple[bytes, bool]:
    """The last ``most_bytes`` before byte ``stop``, and whether that is all there is before it.

    Where it is not all, the text begins behind a line break. Empty when there is no file yet.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            end = size if stop is None else min(size, stop)
            start = file.seek(max(0, end - most_bytes))
            block = file.read(end - start)
    except FileNotFoundError:
        return b"", True
    if start == 0:
        return block, True
    return block[block.find(b"\n") + 1 :], False


def whole_lines(block: bytes) -> list[bytes]:
    """Its lines; one that has no line break yet is still being written, and left out."""
    return block.split(b"\n")[:-1]
