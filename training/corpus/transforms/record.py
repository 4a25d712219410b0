"""What transforms did to one shard: counts, removed pieces, and the samples that come first.

Which documents become samples is decided by a hash of the seed, the transform and the document's
id: those with the smallest are taken, so they are the same for any shards and workers. Everything
that is to be shown is masked here: nobody who looks at a report sees personal data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import xxhash

from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.runs import Entries, Runs, entries_of
from training.corpus.transforms.samples import sample_of
from training.corpus.transforms.transform import Batch, Watch

#: Of a removed piece, what is shown, and what is kept behind it so that values are masked whole.
PIECE_BYTES, _BEYOND_BYTES = 400, 300
_SHARD_BITS = 40


@dataclass
class Tally:
    """What one transform did."""

    documents: int = 0
    edits: int = 0
    bytes_removed: int = 0
    reasons: Counter[int] = field(default_factory=Counter)

    def add(self, other: dict[str, Any]) -> None:
        """Add what another shard tells."""
        self.documents += other["documents"]
        self.edits += other["edits"]
        self.bytes_removed += other["bytes_removed"]
        self.reasons.update({int(reason): n for reason, n in other["reasons"].items()})


@dataclass(frozen=True)
class RecordRoom:
    """Where the records of all shards and transforms lie, and what is kept in them."""

    folder: Path
    seed: int
    num_samples: int

    @contextmanager
    def opened(self, shard: int, names: Sequence[str]) -> Iterator[Watch]:
        """What is to be told of edits of these transforms; written when all went well."""
        with ExitStack() as stack:
            records = {
                name: stack.enter_context(
                    ShardRecord(self.folder, shard, name, self.seed, self.num_samples)
                )
                for name in names
            }
            yield lambda name, *edits: records[name].add(*edits)


class ShardRecord:
    """Told of the edits of one transform in one shard, batch by batch."""

    def __init__(self, folder: Path, shard: int, name: str, seed: int, num_samples: int) -> None:
        self.tally = Tally()
        self.samples: list[tuple[int, dict[str, Any]]] = []
        self._folder = folder / name
        self._shard = shard
        self._salt = f"{seed}\0{name}\0".encode()
        self._num_samples = num_samples
        self._known = np.zeros(0, dtype=np.uint64)
        self._entries: list[Entries] = []
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pieces = (self._folder / f"pieces-{shard:05d}.bin").open("wb")

    def add(self, rows: pa.RecordBatch, batch: Batch, edits: Edits, after: TextBatch) -> None:
        """``rows`` are the documents as they came, ``batch`` their texts before these edits."""
        changed = np.unique(edits.texts)
        self.tally.documents += len(changed)
        self.tally.edits += len(edits)
        before, behind = batch.texts.offsets, after.offsets
        self.tally.bytes_removed += int(before[-1] - before[0] - behind[-1] + behind[0])
        self.tally.reasons.update(
            {int(reason): int((edits.reasons == reason).sum()) for reason in set(edits.reasons)}
        )
        self._count_pieces(batch, edits)
        self._sample(rows, batch, edits, changed.tolist())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pieces.close()
        if error is None:
            self._write()

    def _write(self) -> None:
        """The run of removed pieces, the counts and the samples."""
        Runs(self._folder).write(self._shard, _summed(self._entries))
        told = {
            "documents": self.tally.documents,
            "edits": self.tally.edits,
            "bytes_removed": self.tally.bytes_removed,
            "reasons": {str(reason): n for reason, n in sorted(self.tally.reasons.items())},
            "samples": self.samples,
        }
        (self._folder / f"told-{self._shard:05d}.json").write_text(json.dumps(told))

    def _count_pieces(self, batch: Batch, edits: Edits) -> None:
        chosen = np.flatnonzero(edits.is_cut())
        begins = batch.texts.offsets[edits.texts]
        starts, stops = (begins + edits.starts)[chosen], (begins + edits.stops)[chosen]
        keys = np.empty(len(chosen), dtype=np.uint64)
        data = batch.texts.data.data
        digest = xxhash.xxh3_64_intdigest
        for place, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            keys[place] = digest(data[start:stop])
        new, heads = np.unique(keys, return_index=True)
        is_new = ~np.isin(new, self._known, assume_unique=True)
        firsts = np.zeros(len(chosen), dtype=np.int64)
        for head in heads[is_new].tolist():
            firsts[head] = self._shard << _SHARD_BITS | self._pieces.tell()
            kept = min(stops[head], starts[head] + PIECE_BYTES + _BEYOND_BYTES)
            piece = bytes(data[starts[head] : kept])
            self._pieces.write(len(piece).to_bytes(4, "little") + piece)
        self._known = np.union1d(self._known, new[is_new])
        self._entries.append(entries_of(keys, firsts, np.ones(len(keys), dtype=np.int64)))

    def _sample(self, rows: pa.RecordBatch, batch: Batch, edits: Edits, changed: list[int]) -> None:
        ids = rows.column("doc_id")
        for text in changed:
            rank = xxhash.xxh3_64_intdigest(self._salt + ids[text].as_py())
            is_full = len(self.samples) >= self._num_samples
            if is_full and (not self.samples or rank >= self.samples[-1][0]):
                continue
            sample = sample_of(rows.slice(text, 1), batch.texts.texts[text].as_py(), edits, text)
            self.samples = sorted([*self.samples, (rank, sample)], key=lambda one: one[0])
            del self.samples[self._num_samples :]


def piece_text(folder: Path, name: str, first: int) -> str:
    """The beginning of a removed piece, by the ``first`` of its entry; `PIECE_BYTES` and more."""
    shard, place = first >> _SHARD_BITS, first & ((1 << _SHARD_BITS) - 1)
    with (folder / name / f"pieces-{shard:05d}.bin").open("rb") as file:
        file.seek(place)
        size = int.from_bytes(file.read(4), "little")
        return file.read(size).decode("utf-8", "ignore")


def told_by_shards(folder: Path, name: str, num_shards: int) -> Iterator[dict[str, Any]]:
    """What each shard told of a transform."""
    for shard in range(num_shards):
        yield json.loads((folder / name / f"told-{shard:05d}.json").read_text())


def _summed(entries: list[Entries]) -> Entries:
    """Those of all batches as one run; a piece's place is that of the batch that had it first."""
    if not entries:
        return entries_of(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    whole = np.concatenate(entries)
    return entries_of(whole["key"], whole["first"], whole["count"])
