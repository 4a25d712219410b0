"""The preparing passes of one transform over what those before it leave.

A pass makes the edits of the transforms that have been waiting, tells them to their records, and
leaves the texts for the next pass, so that no transform works twice on a text.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from training.corpus.executor import CheckStop, ShardRunner, ShardWork
from training.corpus.transforms.chain import Chain
from training.corpus.transforms.record import RecordRoom
from training.corpus.transforms.spool import text_writer
from training.corpus.transforms.transform import Batch, PassOver

_TEXTS = "texts"


@dataclass(frozen=True)
class _Pass:
    """A preparing pass as work on shards."""

    chain: Chain
    work: PassOver
    records: RecordRoom
    #: Where the texts are left.
    spool: Path

    def __call__(self, shard: int, check: CheckStop) -> int:
        if self.chain.links:
            with text_writer(self.spool, shard) as write:
                self._run(shard, check, write)
        else:
            self._run(shard, check, lambda texts: None)
        return self.chain.starts[shard + 1] - self.chain.starts[shard]

    def _run(
        self, shard: int, check: CheckStop, write: Callable[[pa.LargeStringArray], None]
    ) -> None:
        def batches() -> Iterator[Batch]:
            for _, batch in self.chain.read(shard, check, watch):
                write(batch.texts.texts)
                yield batch

        with self.records.opened(shard, self.chain.names) as watch:
            left = batches()
            self.work(shard, left)
            for _ in left:
                """What the work had no use for is edited all the same."""


class ChainPasses:
    """``chain``: transforms whose edits are still to be made, and the texts that they get."""

    def __init__(self, chain: Chain, runner: ShardRunner, records: RecordRoom, name: str) -> None:
        self.chain = chain
        self._runner = runner
        self._records = records
        self._name = name

    @property
    def num_shards(self) -> int:
        """Shards of the documents."""
        return len(self.chain.shards)

    def over_documents(self, name: str, work: PassOver) -> None:
        """Every shard, as the transforms before this one leave its texts."""
        spool = self._runner.folder / _TEXTS / self._name
        stage = _Pass(self.chain, work, self._records, spool)
        num_documents = self.chain.starts[-1]
        self._runner.run(f"{self._name}-{name}", stage, self.num_shards, num_documents)
        if self.chain.links:
            before, self.chain = self.chain.texts, self.chain.after_all(spool)
            if before is not None:
                shutil.rmtree(before, ignore_errors=True)

    def over_pieces(self, name: str, work: ShardWork, num_pieces: int) -> None:
        """Pieces of anything else."""
        self._runner.run(f"{self._name}-{name}", work, num_pieces, num_pieces, "pieces")
