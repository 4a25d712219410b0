"""What reading each file gave, as the documents artifact tells it; read from its ``files.json``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from training.corpus.extract.records import FileResult, place_of
from training.folder.atomic import read_json
from webapp.jobs.models import Artifact

_FILES = "files.json"
_FIRST_FAULTS = 20
_FIRST_MEMBERS = 50


@dataclass
class FileReport(FileResult):
    """One file: what reading it gave, and which file it was."""

    format: str = ""
    sha256: str = ""
    num_bytes: int = 0

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

    @property
    def num_more_members(self) -> int:
        """How many are not among the first ones."""
        return max(0, self.num_members - _FIRST_MEMBERS)


def file_reports(documents: Artifact) -> list[FileReport]:
    """One per file, in the order in which they were read; [] when the list is missing."""
    known = {field.name for field in fields(FileReport)}
    rows = read_json(documents.folder / _FILES)
    return [
        FileReport(**{name: value for name, value in row.items() if name in known})
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and "name" in row
    ]


def _placed(fault: dict[str, Any]) -> dict[str, Any]:
    """With what older artifacts do not say."""
    return {"what": "line", "member": "", "page": 0, "line": 0, "offset": 0, **fault}
