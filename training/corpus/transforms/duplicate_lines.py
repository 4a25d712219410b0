"""Lines that an earlier document has too; copies within one document are none of its business."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from training.corpus.transforms.copies import Copies
from training.corpus.transforms.transform import Editor, Passes
from training.corpus.transforms.units import LINE
from training.specs.transform_parts import (
    Across,
    DuplicateLinesPart,
    DuplicateParagraphsPart,
    KeptCopy,
)


class DuplicateLines:
    """The first document that has a line keeps it."""

    reasons = ("stands in other documents too",)
    kind: ClassVar[int] = LINE

    def __init__(self, options: DuplicateLinesPart | DuplicateParagraphsPart, folder: Path) -> None:
        self.copies = Copies(
            folder=folder,
            kind=self.kind,
            same=options.same,
            min_characters=options.min_characters,
            is_by_source=options.scope == Across.SOURCE,
            is_by_document=True,
            least=options.min_documents,
            keeps_first=options.keep == KeptCopy.FIRST,
        )

    def prepare(self, passes: Passes) -> None:
        """Count in how many documents each line stands."""
        self.copies.prepare(passes)

    def editor(self, shard: int) -> Editor:
        """Cuts the later copies."""
        return self.copies.editor(shard)
