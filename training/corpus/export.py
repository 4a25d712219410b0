"""The verb ``export_corpus``: the kept documents as one file, row for row in the corpus's order.

Columns of both formats: ``id`` (32 hex digits), ``text``, ``source``, ``language`` (as the file
says, else as it was identified), ``origin`` (file, page, line, offset) and ``meta`` (JSON text).
Memory is one row group.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.corpus import Corpus, num_text_bytes
from training.corpus.readable import READ, detected_languages, readable, schema_of
from training.corpus.signals.table import SignalTable
from training.corpus.stopping import check_stop, ends_on_stop
from training.folder.job import Job
from training.specs.export_corpus import ExportCorpusSpec

NAME = "documents"
SCHEMA = schema_of("id")

Write = Callable[[pa.RecordBatch], None]


def run(spec: ExportCorpusSpec, job: Job) -> None:
    """Write ``documents.jsonl.zst`` or ``documents.parquet`` as a ``dataset`` artifact."""
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    inputs = {"corpus": corpus.folder}
    opened = _parquet if spec.format == "parquet" else _json_lines
    with ends_on_stop(job), job.write_output("dataset", inputs=inputs) as artifact:
        job.phase("writing documents")
        detected = detected_languages(
            SignalTable.read(corpus.folder), np.flatnonzero(corpus.is_kept)
        )
        if detected is None:
            detected = pa.nulls(corpus.info.num_kept, pa.string())
        written = text_bytes = 0
        with opened(artifact.path / f"{NAME}.{spec.format}") as write:
            for batch in corpus.batches(READ):
                columns = readable(batch, detected.slice(written, batch.num_rows))
                write(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
                written += batch.num_rows
                text_bytes += num_text_bytes(batch)
                job.progress(written, corpus.info.num_kept, "documents")
                check_stop(job)
        artifact.counts.update(documents=written, text_bytes=text_bytes)


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        yield writer.write_batch


@contextmanager
def _json_lines(path: Path) -> Iterator[Write]:
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, "zstd") as stream:

        def write(batch: pa.RecordBatch) -> None:
            lines = (json.dumps(row, ensure_ascii=False) for row in batch.to_pylist())
            stream.write("".join(f"{line}\n" for line in lines).encode())

        yield write
