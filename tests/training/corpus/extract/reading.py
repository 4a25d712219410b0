"""Reads bytes through one parser, in this process."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.corpus.extract.child import read_file
from training.corpus.extract.records import FileResult


@dataclass(frozen=True)
class Reading:
    """What a parser made of some bytes."""

    result: FileResult
    texts: list[str]
    rows: list[dict[str, object]]

    @property
    def faults(self) -> list[tuple[int, str]]:
        """(line, reason) of what was left out."""
        return [(fault["line"], fault["reason"]) for fault in self.result.faults]


def read(
    folder: Path,
    format: str,
    data: bytes,
    *,
    split: str = "file",
    field: str = "",
    name: str = "input",
    **options: Any,
) -> Reading:
    """Write ``data`` to a file and parse it, with any of ``ReadOptions``."""
    path, out = folder / "input", folder / "out.arrow"
    path.write_bytes(data)
    out.unlink(missing_ok=True)
    task = {
        "name": name,
        "path": str(path),
        "format": format,
        "options": {"split": split, "text_field": field, **options},
        "out": str(out),
    }
    result = read_file(task, io.StringIO())
    rows = []
    if not result.refused:
        with pa.OSFile(str(out)) as file:
            rows = pa.ipc.open_stream(file).read_all().to_pylist()
        rows = [row for row in rows if row["member"] not in result.undone]
    return Reading(result, [row["text"] for row in rows], rows)
