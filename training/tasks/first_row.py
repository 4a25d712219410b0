"""Whether a file begins with an example to tune on, told by its first row; torch-free and quick.

It reads one megabyte at most and decides nothing about the rest: `training.tasks` reads the rows.
Rows that hold text of their own (``text``, ``content``, ...) are documents.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from training.corpus.extract.formats import ENDINGS, ROWS_ENDING
from training.corpus.extract.jsonl import TEXT_FIELDS
from training.specs.tasks import Shape
from training.tasks.columns import recognise

_LOOKED_AT_BYTES = 1 << 20
_EXAMPLES = {Shape.INSTRUCTION, Shape.CHAT, Shape.SHAREGPT, Shape.PREFERENCE}


def begins_with_example(path: Path, name: str) -> bool:
    """``name`` says how the file is read; a row that cannot be read is no example."""
    ending = PurePosixPath(name).suffix.lower()
    if ending == ROWS_ENDING:
        return True
    reader = {"jsonl": _json_row, "csv": _table_row}.get(ENDINGS.get(ending, ""))
    if reader is None:
        return False
    row = reader(_first_line(path))
    if any(isinstance(row.get(field), str) for field in TEXT_FIELDS):
        return False
    found = recognise([row], Shape.AUTO, {})
    return found is not None and found.shape in _EXAMPLES


def _first_line(path: Path) -> str:
    """The first one that is not blank, cut where the look ends."""
    left = _LOOKED_AT_BYTES
    with path.open("rb") as file:
        while left > 0 and (line := file.readline(left)):
            left -= len(line)
            if text := line.decode("utf-8-sig", errors="replace").strip():
                return text
    return ""


def _json_row(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _table_row(line: str) -> Mapping[str, Any]:
    """The header with empty cells: of a table the names of its columns tell."""
    delimiter = max("\t,;|", key=line.count)
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return {}
    return {name.strip(): "" for name in cells}
