"""Units that stand in several documents: counted over all shards, then cut where they stand again.

1. Every shard: a run of the distinct hashes of its units, with the first document of each and in
   how many places (or documents) it stands; see `runs`.
2. Piece by piece: hashes that stand often enough, with their first document of all.
3. Of these, an editor holds those of its own shard: 16 bytes for each.

Which copy is first goes by the order of the documents, so workers and shards do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.corpus.signals.batch import Int64
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.runs import ENTRY, Entries, MergeFrequent, Runs, entries_of
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.corpus.transforms.units import UInt64, Units, find_units
from training.specs.transform_parts import Sameness


@dataclass(frozen=True)
class Copies:
    """One count of units: what is counted, where, and from how many copies on it goes."""

    folder: Path
    #: `units.LINE`, `PARAGRAPH` or `SENTENCE`.
    kind: int
    same: Sameness
    min_characters: int
    #: Copies count together in one source only.
    is_by_source: bool
    #: Counts documents, and cuts no copy in the first one; else places, and cuts all but one.
    is_by_document: bool
    #: How many documents or places make a copy one too many.
    least: int
    keeps_first: bool

    def prepare(self, passes: Passes) -> None:
        """Count the units of all documents."""
        runs = Runs(self.folder, passes.num_shards)
        passes.over_documents("count", _CountUnits(self))
        pieces = runs.num_pieces
        passes.over_pieces("merge", MergeFrequent(runs, pieces, self.least), pieces)

    def editor(self, shard: int) -> Editor:
        """What cuts the copies of one shard."""
        return _CutCopies(self, Runs(self.folder).merged_of(shard))

    def units(self, batch: Batch) -> tuple[Units, UInt64, Int64]:
        """(units, what each is counted under, its document)."""
        units = find_units(batch.texts, self.kind, self.same, self.min_characters)
        keys = units.hashes
        if self.is_by_source:
            from training.corpus.transforms.copy_kernels import scoped

            keys = scoped(keys, batch.sources[units.texts])
        return units, keys, units.texts + batch.first


@dataclass(frozen=True)
class _CountUnits:
    """The pass that writes a shard's run."""

    copies: Copies

    def __call__(self, shard: int, batches: Iterator[Batch]) -> None:
        parts = [np.empty(0, dtype=ENTRY)]
        for batch in batches:
            _, keys, documents = self.copies.units(batch)
            if self.copies.is_by_document:
                keys, documents = _pairs(keys, documents)
            parts.append(entries_of(keys, documents, np.ones(len(keys), dtype=np.int64)))
        whole = np.concatenate(parts)
        entries = entries_of(whole["key"], whole["first"], whole["count"])
        Runs(self.copies.folder).write(shard, entries)


def _pairs(keys: UInt64, documents: Int64) -> tuple[UInt64, Int64]:
    """Each key and document once; ``documents`` ascend."""
    order = np.argsort(keys, kind="stable")
    keys, documents = keys[order], documents[order]
    is_new = np.ones(len(keys), dtype=np.bool_)
    is_new[1:] = (keys[1:] != keys[:-1]) | (documents[1:] != documents[:-1])
    return keys[is_new], documents[is_new]


class _CutCopies:
    """Cuts batch by batch; remembers which first copies it has passed."""

    def __init__(self, copies: Copies, repeated: Entries) -> None:
        self.copies = copies
        self.keys: UInt64 = np.ascontiguousarray(repeated["key"])
        self.firsts: Int64 = np.ascontiguousarray(repeated["first"])
        self.is_passed = np.zeros(len(repeated), dtype=np.bool_)

    def __call__(self, batch: Batch) -> Edits:
        from training.corpus.transforms.copy_kernels import is_copy

        units, keys, documents = self.copies.units(batch)
        is_cut = is_copy(
            keys,
            documents,
            self.keys,
            self.firsts,
            self.is_passed,
            self.copies.keeps_first,
            self.copies.is_by_document,
        )
        return units.cut(is_cut)
