"""What a transform is: some passes over the documents to prepare, then edits, batch by batch.

A transform sees the texts as those before it left them, in its preparing passes too, and gives the
same edits for any number of workers and any size of shards. It is made anew in every process, so
what its passes find out lies in its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.executor import CheckStop, ShardWork
from training.corpus.signals.batch import TextBatch
from training.corpus.transforms.edits import Edits
from training.specs.transform_parts import TransformPart


@dataclass(frozen=True)
class Batch:
    """Some documents of one shard, in order, about a megabyte of text."""

    texts: TextBatch
    #: Place of the first one among all documents.
    first: int
    #: [documents] 64-bit hashes of their sources' names.
    sources: npt.NDArray[np.uint64]
    #: To be called every second or so; raises when the job is to end.
    check: CheckStop

    def __len__(self) -> int:
        return len(self.texts)


Editor = Callable[[Batch], Edits]
#: Told of (the transform's name, the documents as they came, their texts before, its edits, after).
Watch = Callable[[str, pa.RecordBatch, Batch, Edits, TextBatch], None]


class PassOver(Protocol):
    """What a preparing pass does with one shard; picklable."""

    def __call__(self, shard: int, batches: Iterator[Batch]) -> None:
        """Write what is found out of the shard's documents."""


class Passes(Protocol):
    """Runs what a transform does before it can edit, each piece once and several at a time."""

    @property
    def num_shards(self) -> int:
        """Shards of the documents."""

    def over_documents(self, name: str, work: PassOver) -> None:
        """Every shard; its texts are as the transforms before this one leave them."""

    def over_pieces(self, name: str, work: ShardWork, num_pieces: int) -> None:
        """Pieces of anything else."""


class Transform(Protocol):
    """One row of ``registry.TRANSFORMS``; a class that is made from its options and a folder."""

    #: Why a piece goes, as phrases; edits name them by place.
    reasons: tuple[str, ...]

    def __init__(self, options: TransformPart, folder: Path) -> None:
        """``folder`` is its own, below the work folder of the job."""

    def prepare(self, passes: Passes) -> None:
        """Find out what the edits need of all documents; called once, in the job's process."""

    def editor(self, shard: int) -> Editor:
        """What edits the batches of one shard, which come in order."""
