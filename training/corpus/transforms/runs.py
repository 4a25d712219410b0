"""Counting keys over all shards in bounded memory: sorted runs on disk, merged by range of keys.

1. Every shard writes its distinct keys in order: one *run* of 24 bytes each (key, first, count).
2. The 64-bit range of keys is cut into equal pieces, as many as make a piece of all runs about
   32 MB; each piece is merged by itself: keys of several shards become one, the counts are added
   and the *first* of the first shard is kept.

Keys are hashes, so pieces are even. Memory is that of the distinct keys of one shard, or about
four times a piece, whatever the corpus has. Runs and pieces do not depend on workers; what is
merged does not depend on shards either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.corpus.executor import CheckStop
from training.corpus.signals.batch import Int64
from training.folder.atomic import write_bytes

PIECE_BYTES = 32 << 20
_MERGED = "merged-{}.bin"
ENTRY = np.dtype([("key", "<u8"), ("first", "<i8"), ("count", "<i8")])

UInt64 = npt.NDArray[np.uint64]
Entries = npt.NDArray[np.void]


def entries_of(keys: UInt64, firsts: Int64, counts: Int64) -> Entries:
    """Distinct keys, ascending; of each the first one's ``firsts``, and the sum of ``counts``."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    is_first = np.ones(len(keys), dtype=np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    heads = np.flatnonzero(is_first)
    entries = np.empty(len(heads), dtype=ENTRY)
    entries["key"] = keys[heads]
    entries["first"] = firsts[order[heads]]
    entries["count"] = np.add.reduceat(counts[order], heads) if len(heads) else 0
    return entries


@dataclass(frozen=True)
class Runs:
    """The runs of all shards and what is merged of them, as files of one folder."""

    folder: Path
    #: Needed to merge.
    num_shards: int = 0

    def write(self, shard: int, entries: Entries) -> None:
        """Store the run of a shard."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_bytes(self._run(shard), entries.tobytes())

    def read(self, shard: int) -> Entries:
        """The run of a shard, mapped."""
        return _mapped(self._run(shard))

    @property
    def num_pieces(self) -> int:
        """Pieces that the range of keys is cut into."""
        size = sum(self._run(shard).stat().st_size for shard in range(self.num_shards))
        return max(1, -(-size // PIECE_BYTES))

    def of_piece(self, piece: int, num_pieces: int) -> Entries:
        """All runs within one piece, merged."""
        low, high = piece * 2**64 // num_pieces, (piece + 1) * 2**64 // num_pieces - 1
        parts = [_between(self.read(shard), low, high) for shard in range(self.num_shards)]
        whole = np.concatenate(parts)
        return entries_of(whole["key"], whole["first"], whole["count"])

    def write_merged(self, piece: int, entries: Entries) -> None:
        """Store what is kept of a merged piece."""
        write_bytes(self.folder / _MERGED.format(f"{piece:05d}"), entries.tobytes())

    def merged_of(self, shard: int) -> Entries:
        """What was kept of the keys of one shard, ascending."""
        own = self.read(shard)["key"]
        found = []
        for file in sorted(self.folder.glob(_MERGED.format("*"))):
            merged = _mapped(file)
            if len(own) and len(merged):
                places = np.minimum(np.searchsorted(own, merged["key"]), len(own) - 1)
                found.append(np.array(merged[own[places] == merged["key"]]))
        return np.concatenate(found) if found else np.empty(0, dtype=ENTRY)

    def _run(self, shard: int) -> Path:
        return self.folder / f"run-{shard:05d}.bin"


@dataclass(frozen=True)
class MergeFrequent:
    """Work on pieces: keeps the keys that were counted at least so often."""

    runs: Runs
    num_pieces: int
    least: int

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Merge one piece."""
        check()
        merged = self.runs.of_piece(shard, self.num_pieces)
        self.runs.write_merged(shard, merged[merged["count"] >= self.least])
        return 1


def most_frequent(runs: Runs, number: int, check: CheckStop) -> Entries:
    """The keys with the highest counts, highest first; of equal ones the smaller key."""
    best = np.empty(0, dtype=ENTRY)
    num_pieces = runs.num_pieces
    for piece in range(num_pieces):
        check()
        best = _top([best, runs.of_piece(piece, num_pieces)], number)
    return best


def _top(parts: Sequence[Entries], number: int) -> Entries:
    whole = np.concatenate(parts)
    order = np.lexsort((whole["key"], -whole["count"]))
    return whole[order[:number]]


def _between(entries: Entries, low: int, high: int) -> Entries:
    keys = entries["key"]
    start = int(np.searchsorted(keys, np.uint64(low), side="left"))
    stop = int(np.searchsorted(keys, np.uint64(high), side="right"))
    return np.array(entries[start:stop])


def _mapped(path: Path) -> Entries:
    if not path.stat().st_size:
        return np.empty(0, dtype=ENTRY)
    return np.memmap(path, dtype=ENTRY, mode="r")
