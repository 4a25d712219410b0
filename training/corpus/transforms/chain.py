"""Shards read through transforms: each works on what those before it left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from training.corpus.documents import SCHEMA, shard_batches
from training.corpus.executor import CheckStop
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import edited
from training.corpus.transforms.spool import read_texts
from training.corpus.transforms.transform import Batch, Transform, Watch
from training.registry import TRANSFORMS
from training.specs.transform_parts import TransformPart

#: So that a stop is seen soon, and that memory stays small; a longer document is alone.
_BATCH_BYTES = 1 << 20


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
    links: tuple[Link, ...] = ()
    #: Where the texts lie that they get (`spool`); None: as they came.
    texts: Path | None = None

    @property
    def names(self) -> list[str]:
        """The transforms."""
        return [link.name for link in self.links]

    def followed_by(self, link: Link) -> Chain:
        """With one more transform."""
        return replace(self, links=(*self.links, link))

    def after_all(self, texts: Path) -> Chain:
        """No transform over what these have left in ``texts``."""
        return replace(self, links=(), texts=texts)

    def read(
        self, shard: int, check: CheckStop, watch: Watch | None = None
    ) -> Iterator[tuple[pa.RecordBatch, Batch]]:
        """(documents as they came, the same with their texts edited), about 1 MB at a time.

        ``watch`` is told of the edits of each transform that has any.
        """
        editors = [(link.name, link.load().editor(shard)) for link in self.links]
        first = self.starts[shard]
        for rows, column in self._documents(shard):
            check()
            batch = Batch(TextBatch(column), first, _source_keys(rows.column("source")), check)
            for name, editor in editors:
                edits = editor(batch)
                if not len(edits):
                    continue
                texts = TextBatch(edited(batch.texts, edits))
                if watch is not None:
                    watch(name, rows, batch, edits, texts)
                batch = Batch(texts, first, batch.sources, check)
            yield rows, batch
            first += rows.num_rows

    def _documents(self, shard: int) -> Iterator[tuple[pa.RecordBatch, pa.LargeStringArray]]:
        batches = _small_batches(self.shards[shard])
        if self.texts is None:
            return ((rows, rows.column("text")) for rows in batches)
        return zip(batches, read_texts(self.texts, shard), strict=True)


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
