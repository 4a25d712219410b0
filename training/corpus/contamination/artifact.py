"""The ``contamination`` artifact: hits, items with what was found of them, and counts by set.

Made by the verb ``decontaminate``; docs/formats.md has its files column by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from training.corpus.documents import Documents
from training.errors import DataError
from training.folder.artifact import Manifest, require_described

KIND = "contamination"
FORMAT_VERSION = 1
HITS_FILE = "hits.parquet"
ITEMS_FILE = "items.parquet"
SETS_FILE = "sets.json"
FILES_FILE = "files.json"
INFO_FILE = "contamination.json"


@dataclass(frozen=True)
class Contamination:
    """A search for evaluation sets opened for reading; ``info`` is ``contamination.json``."""

    folder: Path
    manifest: Manifest
    info: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is none, torn, or written by a newer Trainyard."""
        manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION,
            keys=("documents_id", "documents_path"), advice="Run decontaminate again.",
        )  # fmt: skip
        return cls(folder, manifest, info)

    def documents(self) -> Documents:
        """What was searched; DataError when it is gone, or others stand there now."""
        path = (self.folder / str(self.info["documents_path"])).resolve()
        if not path.is_dir():
            raise DataError(
                "The documents that were searched are gone, so no text can be shown.",
                advice="Run extract and decontaminate again.",
            )
        documents = Documents.open(path)
        if documents.manifest.id != self.info["documents_id"]:
            raise DataError(
                "The documents that were searched were replaced by others.",
                advice="Run decontaminate again.",
            )
        return documents
