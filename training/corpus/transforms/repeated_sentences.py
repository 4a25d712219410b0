"""Sentences that stand in many places of one document, one source, or all documents."""

from __future__ import annotations

from pathlib import Path

from training.corpus.transforms.copies import Copies
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.corpus.transforms.units import SENTENCE, find_units
from training.specs.transform_parts import KeptCopy, RepeatedSentencesPart, Scope


class RepeatedSentences:
    """All places but the first, or all, of a sentence that stands in enough of them."""

    reasons = ("stands in many places",)

    def __init__(self, options: RepeatedSentencesPart, folder: Path) -> None:
        self.options = options
        self.copies = Copies(
            folder=folder,
            kind=SENTENCE,
            same=options.same,
            min_characters=options.min_characters,
            is_by_source=options.scope == Scope.SOURCE,
            is_by_document=False,
            least=options.min_copies,
            keeps_first=options.keep == KeptCopy.FIRST,
        )

    def prepare(self, passes: Passes) -> None:
        """Count the places, unless each document is counted alone."""
        if self.options.scope != Scope.DOCUMENT:
            self.copies.prepare(passes)

    def editor(self, shard: int) -> Editor:
        """Cuts the places that are too many."""
        is_alone = self.options.scope == Scope.DOCUMENT
        return self._within_documents if is_alone else self.copies.editor(shard)

    def _within_documents(self, batch: Batch) -> Edits:
        from training.corpus.transforms.unit_kernels import repeats

        options = self.options
        units = find_units(batch.texts, SENTENCE, options.same, options.min_characters)
        keeps_first = options.keep == KeptCopy.FIRST
        return units.cut(repeats(units.texts, units.hashes, options.min_copies, keeps_first))
