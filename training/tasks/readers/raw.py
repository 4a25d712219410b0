"""What every reader of rows yields: rows as plain data, or what was left out and why.

A reader is ``read(source: ByteSource) -> Iterator[RawRow | Fault | Warned]``; memory is one row,
but for JSON arrays, which are read whole. A file that is of no use raises ``FileRefusedError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RawRow:
    """One row as its file has it. ``line`` from 1; ``file`` only where rows bring their own."""

    line: int
    values: dict[str, Any]
    file: str = ""
