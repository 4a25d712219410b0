"""The small records of a job folder, read without trust: a damaged one says no more than none.

Who writes them writes them whole; but a folder may have been mended by hand, or restored in parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.folder.atomic import read_json
from training.folder.layout import JobFolder


def record_at(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty when it is missing, torn, or something else."""
    data = read_json(path)
    return data if isinstance(data, dict) else {}


def whole_number(record: Mapping[str, Any], name: str) -> int:
    """A field that must be a whole number; 0 when it is none."""
    value = record.get(name)
    return value if isinstance(value, int) else 0


def last_attempt(folder: JobFolder) -> int:
    """Number of the newest attempt that was started in a folder, 0 for none."""
    return whole_number(record_at(folder.pid), "attempt")
