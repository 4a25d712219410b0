"""The first rows of an uploaded file as a verb would read them; nothing is unpacked to the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Item, MemberDone
from training.errors import FileRefusedError
from training.folder.artifact import require_kind
from training.tasks.content import RowFiles
from training.tasks.formats import format_of
from training.tasks.inputs import uploaded_names

MAX_ROWS = 20


@dataclass(frozen=True)
class UploadedFile:
    """One file of an upload: its name, where it lies, and what all files are called."""

    name: str
    path: Path | None
    names: list[str]

    @classmethod
    def of(cls, upload: str, file: str) -> Self:
        """The file of that name, else the first usable one; DataError when it is no upload."""
        folder = Path(upload)
        require_kind(folder, "upload")
        listed = uploaded_names(folder)
        names = [entry["name"] for entry in listed]
        usable = [entry for entry in listed if format_of(entry["name"])]
        chosen = next((entry for entry in listed if entry["name"] == file), None)
        chosen = chosen or next(iter(usable or listed), None)
        if chosen is None:
            return cls("", None, names)
        is_usable = bool(format_of(chosen["name"]))
        path = folder / Path(chosen["file"]).name
        return cls(chosen["name"], path if is_usable else None, names)

    def first(self, content: RowFiles[Any]) -> tuple[list[Any], list[dict[str, Any]], str]:
        """(rows, what was left out as {"file", "line", "reason"}, why no more could be read).

        In all at most `MAX_ROWS`; of an archive ``file`` is the member, and line 0 stands for it
        as a whole.
        """
        rows: list[Any] = []
        faults: list[dict[str, Any]] = []
        if self.path is None:
            return rows, faults, f"{self.name or 'It'} is of no format that holds rows."
        try:
            for item in islice(self._items(content, self.path), MAX_ROWS):
                if isinstance(item, Fault):
                    faults.append({"file": item.member, "line": item.line, "reason": item.reason})
                elif isinstance(item, MemberDone):
                    faults.append({"file": item.member, "line": 0, "reason": item.refused})
                else:
                    rows.append(item)
        except FileRefusedError as error:
            return rows, faults, f"{self.name} {error}."
        return rows, faults, ""

    def _items(self, content: RowFiles[Any], path: Path) -> Iterator[Any]:
        """Rows and what was left out, in order; of archives member after member."""
        with path.open("rb", buffering=0) as raw:
            options = ReadOptions()
            budget = options.budget_for(os.fstat(raw.fileno()).st_size)
            options = replace(options, budget=budget, content=content)
            source = ByteSource(self.name, raw)
            items: Iterator[Any] = content.read(format_of(self.name), source, options)
            for item in items:
                is_note = isinstance(item, Item) and not isinstance(item, Fault)
                if not is_note or (isinstance(item, MemberDone) and item.refused):
                    yield item
