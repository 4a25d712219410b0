"""Later copies of a line within one document."""

from __future__ import annotations

from pathlib import Path

from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.corpus.transforms.units import LINE, find_units
from training.specs.transform_parts import RepeatedLinesPart


class RepeatedLines:
    """The first copy stays; documents are looked at one by one."""

    reasons = ("stands in this document before",)

    def __init__(self, options: RepeatedLinesPart, folder: Path) -> None:
        self.options = options

    def prepare(self, passes: Passes) -> None:
        """Nothing: no other document matters."""

    def editor(self, shard: int) -> Editor:
        """The same for all shards."""
        return self.edits

    def edits(self, batch: Batch) -> Edits:
        """Cut the copies."""
        from training.corpus.transforms import unit_kernels

        units = find_units(batch.texts, LINE, self.options.same, self.options.min_characters)
        return units.cut(unit_kernels.repeats(units.texts, units.hashes, 2, True))
