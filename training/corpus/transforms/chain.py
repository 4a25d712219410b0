"""Shards read through transforms: each works on what those before it left."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from training.corpus.documents import SCHEMA, shard_batches
from training.corpus.executor import CheckStop, ShardRunner, ShardWork
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import Edits, edited
from training.corpus.transforms.transform import Batch, PassOver, Transform
from training.registry import TRANSFORMS
from training.specs.transform_parts import TransformPart

#: So that a stop is seen soon, and that memory stays small; a longer document is alone.
_BATCH_BYTES = 1 << 20

#: Told of (the transform's number, the documents, their texts before, its edits, after).
Watch = Callable[[int, pa.RecordBatch, Batch, Edits, TextBatch], None]


@dataclass(frozen=True)
class Link:
    """One transform: its name, its options, and the folder of what it has prepared."""

    name: str
    options: TransformPart
    folder: Path

    def load(self) -> Transform:
        """The transform itself."""
        made: Transform = TRANSFORMS[self.name].load()(self.options, self.folder)
        return made


@dataclass(frozen=True)
class Chain:
    """Some transforms over the shards of documents; ``starts`` [shards + 1] are places."""

    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    links: tuple[Link, ...]

    def upto(self, number: int) -> Chain:
        """The first transforms alone."""
        return Chain(self.shards, self.starts, self.links[:number])

    def read(
        self, shard: int, check: CheckStop, watch: Watch | None = None
    ) -> Iterator[tuple[pa.RecordBatch, Batch]]:
        """(documents as they came, the same with their texts edited), about 1 MB at a time.

        ``watch`` is told of the edits of each transform that has any.
        """
        editors = [link.load().editor(shard) for link in self.links]
        first = self.starts[shard]
        for rows in _small_batches(self.shards[shard]):
            check()
            texts = TextBatch(rows.column("text"))
            batch = Batch(texts, first, _source_keys(rows.column("source")), check)
            for number, editor in enumerate(editors):
                edits = editor(batch)
                if not len(edits):
                    continue
                texts = TextBatch(edited(batch.texts, edits))
                if watch is not None:
                    watch(number, rows, batch, edits, texts)
                batch = Batch(texts, first, batch.sources, check)
            yield rows, batch
            first += rows.num_rows


@dataclass(frozen=True)
class _Pass:
    """A preparing pass as work on shards."""

    chain: Chain
    work: PassOver

    def __call__(self, shard: int, check: CheckStop) -> int:
        self.work(shard, (batch for _, batch in self.chain.read(shard, check)))
        return self.chain.starts[shard + 1] - self.chain.starts[shard]


@dataclass(frozen=True)
class ChainPasses:
    """The passes of the transform that comes after those of ``chain``."""

    chain: Chain
    runner: ShardRunner
    name: str

    @property
    def num_shards(self) -> int:
        """Shards of the documents."""
        return len(self.chain.shards)

    def over_documents(self, name: str, work: PassOver) -> None:
        """Every shard, as the transforms before this one leave its texts."""
        stage = _Pass(self.chain, work)
        self.runner.run(f"{self.name}-{name}", stage, self.num_shards, self.chain.starts[-1])

    def over_pieces(self, name: str, work: ShardWork, num_pieces: int) -> None:
        """Pieces of anything else."""
        self.runner.run(f"{self.name}-{name}", work, num_pieces, num_pieces, "pieces")


def _small_batches(shard: Path) -> Iterator[pa.RecordBatch]:
    for batch in shard_batches(shard, SCHEMA.names):
        sizes = pc.binary_length(batch.column("text")).to_numpy(zero_copy_only=False)
        groups = np.cumsum(sizes) // _BATCH_BYTES
        cuts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), batch.num_rows]
        for start, stop in itertools.pairwise(cuts):
            if start < stop:
                yield batch.slice(start, stop - start)


def _source_keys(column: pa.DictionaryArray) -> npt.NDArray[np.uint64]:
    names: list[Any] = column.dictionary.to_pylist()
    keys = np.array([xxhash.xxh3_64_intdigest(name.encode()) for name in names], dtype=np.uint64)
    indices: npt.NDArray[np.int32] = column.indices.to_numpy(zero_copy_only=False)
    return keys[indices]
