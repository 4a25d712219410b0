"""What specs with a list ``inputs`` of files on this machine have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from training.errors import Problem


def repeated_paths(paths: Sequence[str]) -> Iterator[Problem]:
    """A problem for each path of ``inputs`` that an earlier one has too."""
    for index, path in enumerate(paths):
        if path in paths[:index]:
            yield Problem(f"inputs.{index}.path", "is named twice", got=path, hint="Remove one.")


def with_moved_files(data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
    """Spec data with the paths of ``inputs`` moved; what is no path stays for the validation."""
    files = data.get("inputs")
    if not isinstance(files, list):
        return data
    return {**data, "inputs": [_moved(item, move) for item in files]}


def _moved(item: object, move: Callable[[str], str]) -> object:
    if isinstance(item, dict) and isinstance(item.get("path"), str) and item["path"]:
        return {**item, "path": move(item["path"])}
    return item
