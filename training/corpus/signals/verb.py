"""The verb ``signals``: columns of signals for documents, as Parquet; no rules, no choice.

One file for each shard of the documents, in their order: ``doc_id`` (32 hex digits), ``source``,
and a column for each signal. Languages are codes, hashes 32 hex digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.language.identify import NAMES
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import definitions
from training.corpus.stopping import KEPT, ends_on_stop
from training.folder.atomic import link_or_copy, write_json
from training.folder.job import Job
from training.registry import SIGNALS
from training.specs.signals import Segmentation, SignalsSpec

DEFINITIONS_FILE = "definitions.json"


def run(spec: SignalsSpec, job: Job) -> None:
    """Write the table as a ``signals`` artifact."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    names = tuple(spec.signals or SIGNALS)
    about = {
        "documents": documents.manifest.id,
        "definitions": definitions(spec.segmentation),
        # A list, as the file that it is compared with has it.
        "names": list(names),
    }
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output("signals", inputs={"documents": documents.folder}) as artifact,
    ):
        shards = tuple(shard.resolve() for shard in documents.shards())
        writer = TableWriter(work.resolve(), shards, names, spec.segmentation)
        job.phase("computing signals")
        runner = ShardRunner(job, work, spec.num_workers or 1)
        runner.run("signals", writer, len(shards), documents.num_documents)
        for shard in range(len(shards)):
            # Not moved: what the marks of the work folder call done must stay until the end.
            link_or_copy(writer.file(shard), artifact.path / writer.file(shard).name)
        told = {name: SIGNALS[name].definition for name in names}
        write_json(artifact.path / DEFINITIONS_FILE, told)
        artifact.counts.update(documents=documents.num_documents, signals=len(names))


@dataclass(frozen=True)
class TableWriter:
    """Writes the table of one shard into ``folder``."""

    folder: Path
    shards: tuple[Path, ...]
    names: tuple[str, ...]
    segmentation: Segmentation

    def file(self, shard: int) -> Path:
        """Where the table of a shard is written."""
        return self.folder / f"signals-{shard:05d}.parquet"

    def __call__(self, shard: int, check: Callable[[], None]) -> int:
        """Write the table of a shard; returns its number of documents."""
        target = self.file(shard)
        temporary = target.with_suffix(".tmp")
        writer: pq.ParquetWriter | None = None
        number = 0
        for batch in shard_batches(self.shards[shard], ("doc_id", "source", "text")):
            check()
            table = self._table(batch)
            if writer is None:
                writer = pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table)
            number += batch.num_rows
        if writer is not None:
            writer.close()
            temporary.rename(target)
        return number

    def _table(self, batch: pa.RecordBatch) -> pa.Table:
        texts = TextBatch(batch.column("text"), self.segmentation)
        columns = {
            "doc_id": _hex(batch.column("doc_id")),
            "source": batch.column("source").cast(pa.string()),
        }
        for name in self.names:
            column = SIGNALS[name].load()(texts)
            if isinstance(column, pa.Array):
                columns[name] = _hex(column)
            elif name == "language":
                columns[name] = pa.array([NAMES[code] for code in column.tolist()], pa.string())
            elif column.dtype == np.float64:
                columns[name] = pa.array(column.astype(np.float32))
            else:
                columns[name] = pa.array(column)
        return pa.table(columns)


def _hex(column: pa.FixedSizeBinaryArray) -> pa.StringArray:
    return pa.array([value.hex() for value in column.to_pylist()], pa.string())
