"""What reading each file gave, as the documents artifact tells it; read from its ``files.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from training.corpus.extract.records import place_of
from training.folder.atomic import read_json
from webapp.jobs.models import Artifact

_FILES = "files.json"
_FIRST_FAULTS = 20
_FIRST_MEMBERS = 50


@dataclass(frozen=True)
class FileReport:
    """One file: what it gave, what was left out and why, or why it was refused as a whole."""

    name: str
    format: str = ""
    sha256: str = ""
    num_bytes: int = 0
    num_documents: int = 0
    num_text_bytes: int = 0
    num_faults: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    num_members: int = 0
    num_members_refused: int = 0
    members: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""

    @property
    def is_faulty(self) -> bool:
        """Whether anything of it was left out."""
        return bool(self.refused or self.num_faults or self.num_members_refused)

    @property
    def first_faults(self) -> list[tuple[str, str]]:
        """(place, reason) of the first ones."""
        return [
            (place_of(_placed(fault)), fault["reason"]) for fault in self.faults[:_FIRST_FAULTS]
        ]

    @property
    def num_more_faults(self) -> int:
        """How many are not among the first ones."""
        return max(0, self.num_faults - _FIRST_FAULTS)

    @property
    def first_members(self) -> list[dict[str, Any]]:
        """Of an archive: its members, refused ones first."""
        return sorted(self.members, key=lambda member: not member.get("refused"))[:_FIRST_MEMBERS]


def file_reports(documents: Artifact, *, faulty_only: bool = False) -> list[FileReport]:
    """One per file, in the order in which they were read; [] when the list is missing."""
    known = set(FileReport.__dataclass_fields__)
    rows = read_json(documents.folder / _FILES)
    reports = [
        FileReport(**{name: value for name, value in row.items() if name in known})
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and "name" in row
    ]
    return [report for report in reports if report.is_faulty] if faulty_only else reports


def _placed(fault: dict[str, Any]) -> dict[str, Any]:
    """With what older artifacts do not say."""
    return {"what": "line", "member": "", "page": 0, "line": 0, **fault}
