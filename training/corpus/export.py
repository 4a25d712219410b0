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

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.corpus.corpus import Corpus, num_text_bytes
from training.corpus.documents import ORIGIN
from training.corpus.language.identify import NAMES
from training.corpus.signals.table import SignalTable
from training.corpus.stopping import check_stop, ends_on_stop
from training.folder.job import Job
from training.specs.export_corpus import ExportCorpusSpec

NAME = "documents"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.large_string()),
        ("source", pa.string()),
        ("language", pa.string()),
        ("origin", ORIGIN),
        ("meta", pa.string()),
    ]
)
_READ = ("doc_id", "text", "source", "language", "origin", "meta")

Write = Callable[[pa.RecordBatch], None]


def run(spec: ExportCorpusSpec, job: Job) -> None:
    """Write ``documents.jsonl.zst`` or ``documents.parquet`` as a ``dataset`` artifact."""
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    inputs = {"corpus": corpus.folder}
    opened = _parquet if spec.format == "parquet" else _json_lines
    with ends_on_stop(job), job.write_output("dataset", inputs=inputs) as artifact:
        job.phase("writing documents")
        detected = _detected(corpus)
        written = text_bytes = 0
        with opened(artifact.path / f"{NAME}.{spec.format}") as write:
            for batch in corpus.batches(_READ):
                write(_row_batch(batch, detected.slice(written, batch.num_rows)))
                written += batch.num_rows
                text_bytes += num_text_bytes(batch)
                job.progress(written, corpus.info.num_kept, "documents")
                check_stop(job)
        artifact.counts.update(documents=written, text_bytes=text_bytes)


def _detected(corpus: Corpus) -> pa.StringArray:
    """The language found in each kept document; null where none was, or nobody looked."""
    codes = SignalTable.read(corpus.folder).languages
    if codes is None:
        return pa.nulls(corpus.info.num_kept, pa.string())
    names = pa.array([name or None for name in NAMES], pa.string())
    return names.take(pa.array(codes[corpus.is_kept]))


def _row_batch(batch: pa.RecordBatch, detected: pa.StringArray) -> pa.RecordBatch:
    """With readable ids, plain texts for dictionaries, and a language where the file told none."""
    ids = [doc_id.hex() for doc_id in batch.column("doc_id").to_pylist()]
    columns = [pa.array(ids, pa.string()), batch.column("text")]
    source, language = (batch.column(name).cast(pa.string()) for name in ("source", "language"))
    columns += [source, pc.coalesce(pc.if_else(pc.equal(language, ""), None, language), detected)]
    columns += [batch.column("origin"), batch.column("meta")]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


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
