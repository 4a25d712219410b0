"""What passes between a parser, the child process it runs in, and the verb ``extract``.

A parser is ``read(source: TextSource, options: ReadOptions) -> Iterator[Found | Fault]``. It
streams: memory is one record, not the file. A record that cannot be used is a ``Fault`` (counted
and named); a file that cannot be used raises ``FileRefusedError``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Faults listed one by one; the others are only counted.
MAX_LISTED_FAULTS = 100


@dataclass(frozen=True)
class Found:
    """One document. ``ordinal`` is its place in the file and part of its id; ``line`` from 1."""

    ordinal: int
    text: str
    line: int
    offset: int
    meta: str = "{}"


@dataclass(frozen=True)
class Fault:
    """A record or a line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Warned:
    """Something odd that was accepted; counted by its text."""

    message: str


@dataclass(frozen=True)
class ReadOptions:
    """Choices of the spec that parsers look at."""

    split: str = "file"
    text_field: str = ""


@dataclass
class FileResult:
    """What one file gave; plain data, crosses from the child as JSON."""

    name: str
    num_documents: int = 0
    num_text_bytes: int = 0
    num_faults: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    #: Our disk was full, which is no fault of the file.
    is_disk_full: bool = False

    def faults_told(self) -> str:
        """What was left out, with the first reason; empty when nothing was."""
        if not self.num_faults:
            return ""
        first = self.faults[0]
        reason = f"line {first['line']}: {first['reason']}"
        if self.num_faults == 1:
            return f"1 line was left out, {reason}"
        return f"{self.num_faults:,} lines were left out, the first is {reason}"

    def count(self, item: Found | Fault | Warned) -> None:
        """Add one item of a parser to the figures."""
        if isinstance(item, Found):
            self.num_documents += 1
            self.num_text_bytes += len(item.text.encode())
        elif isinstance(item, Fault):
            self.num_faults += 1
            if len(self.faults) < MAX_LISTED_FAULTS:
                self.faults.append({"line": item.line, "reason": item.reason})
        else:
            self.warnings[item.message] = self.warnings.get(item.message, 0) + 1
