"""The verb ``extract``: files in, a ``documents`` artifact out.

Each file is parsed in a watched child into a stream of its own; when it is accepted its documents
are appended to the shards in stated order, so the artifact is the same for any number of workers
and a file refused half-way leaves nothing.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.corpus.documents import FILES_FILE, SCHEMA, DocumentWriter, document_id
from training.corpus.extract.choices import read_options
from training.corpus.extract.inputs import Input, find_inputs
from training.corpus.extract.jsonl import NO_TEXT
from training.corpus.extract.records import FileResult, refusals_told
from training.corpus.extract.watch import WatchedChild, limits_for
from training.corpus.stopping import StopRequestedError, check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import ArtifactDraft
from training.folder.atomic import disk_full, write_json
from training.folder.job import Job
from training.specs.base import Part
from training.specs.extract import ExtractSpec

_STREAMS = "streams.tmp"


def run(spec: ExtractSpec, job: Job) -> None:
    """Read every file; DataError when none of them gives a document."""
    job.phase("reading files")
    files = find_inputs(spec, job)
    inputs = {"upload": job.input(spec.upload, "upload")} if spec.upload else {}
    with ends_on_stop(job), job.write_output("documents", inputs=inputs) as artifact:
        streams = artifact.path / _STREAMS
        streams.mkdir()
        results = []
        with DocumentWriter(artifact.path) as writer:
            for item, result, stream in _Reading(spec, job, files, streams).all():
                if result.is_disk_full:
                    raise disk_full(artifact.path)
                _tell(job, item.name, result)
                if not result.refused:
                    _append(writer, item, _reading_of(spec, item), result.undone, stream)
                stream.unlink(missing_ok=True)
                results.append((item, result))
        # A reader that was ended may have left what it worked with.
        shutil.rmtree(streams)
        if writer.num_documents == 0:
            raise _nothing([result for _, result in results])
        _describe(artifact, writer, results)


@dataclass
class _Reading:
    """All files being read, several at a time, handed on in order."""

    spec: ExtractSpec
    job: Job
    files: list[Input]
    streams: Path

    def all(self) -> Iterator[tuple[Input, FileResult, Path]]:
        """(file, what it gave, its stream) in the order of the files."""
        self._options = read_options(self.spec)
        self._done = [0] * len(self.files)
        self._sizes = [item.num_bytes for item in self.files]
        self._children: list[WatchedChild] = []
        self._mine = threading.local()
        self._is_over = threading.Event()
        # A twin is one only for the same reader: bytes refused under one name may do under another.
        first_named = {(item.sha256, item.format): item for item in reversed(self.files)}
        pool = ThreadPoolExecutor(self.spec.num_workers or 1)
        try:
            reads = [
                pool.submit(self._read, index, first_named) for index in range(len(self.files))
            ]
            for index, read in enumerate(reads):
                yield self.files[index], read.result(), self._stream(index)
                self._done[index] = self._sizes[index]
                self.job.progress(sum(self._done), sum(self._sizes), "bytes")
        finally:
            self._is_over.set()
            pool.shutdown(wait=True, cancel_futures=True)
            for child in self._children:
                child.close()

    def _read(self, index: int, first_named: dict[tuple[str, str], Input]) -> FileResult:
        item = self.files[index]
        if item.refused:
            return FileResult(item.name, refused=item.refused)
        first = first_named[item.sha256, item.format]
        if first is not item:
            return FileResult(item.name, refused=f"has the same bytes as {first.name}")
        result = self._survived(index, item)
        if item.warning:
            result.warnings = {item.warning: 1, **result.warnings}
        return result

    def _survived(self, index: int, item: Input) -> FileResult:
        """What the child makes of the file. Members in which it is ended are passed over."""
        limits = limits_for(
            self._sizes[index], self.spec.memory_limit_bytes, self.spec.cpu_limit_seconds
        )

        def task(passed_over: dict[str, str]) -> dict[str, Any]:
            options = replace(
                self._options,
                spool_folder=str(self.streams),
                passed_over=passed_over,
                latex_parts=_latex_beside(item, self.files),
            )
            return {
                "name": item.name,
                "path": str(item.path),
                "format": item.format,
                "options": options.to_task(),
                "out": str(self._stream(index)),
            }

        return self._child().read_past_deadly(
            task, limits, lambda position: self._watch(index, position)
        )

    def _watch(self, index: int, position: int) -> None:
        check_stop(self.job)
        if self._is_over.is_set():
            # Another file ended the job: there is no use in reading this one to its end.
            raise StopRequestedError("stop")
        self._done[index] = position

    def _child(self) -> WatchedChild:
        """This thread's own child: it dies with the thread that started it."""
        if not hasattr(self._mine, "child"):
            self._mine.child = WatchedChild()
            self._children.append(self._mine.child)
        child: WatchedChild = self._mine.child
        return child

    def _stream(self, index: int) -> Path:
        return self.streams / f"{index:06d}.arrow"


def _latex_beside(item: Input, files: list[Input]) -> dict[str, str]:
    """The LaTeX files that came in the same folder: what ``\\input`` may take in."""
    top, slash, _ = item.name.partition("/")
    if item.format != "latex" or not slash:
        return {}
    beside = (other for other in files if other.format == "latex")
    return {other.name: str(other.path) for other in beside if other.name.startswith(f"{top}/")}


def _tell(job: Job, name: str, result: FileResult) -> None:
    """Warn of a file that was refused, of lines left out and of what was converted."""
    if result.refused:
        job.warn(f"{name} {result.refused}.", file=name)
        return
    if result.num_faults:
        job.warn(f"{name}: {result.faults_told()}.", file=name)
    for message, count in result.warnings.items():
        job.warn(f"{name}: {message} ({count:,}).", file=name)


def _reading_of(spec: ExtractSpec, item: Input) -> str:
    """What tells documents of one file read in two ways apart."""
    if item.format == "jsonl":
        return spec.text_field
    if item.format in ("txt", "md"):
        return str(spec.split)
    options: dict[str, Part] = {
        "csv": spec.tables, "parquet": spec.tables, "html": spec.html, "pdf": spec.pdf,
        "epub": spec.epub,
    }  # fmt: skip
    sources: dict[str, Part] = {
        "mediawiki": spec.mediawiki, "latex": spec.latex, "jats": spec.jats,
        "stackexchange": spec.stackexchange, "code": spec.code,
    }  # fmt: skip
    part = (options | sources).get(item.format)
    if part is not None:
        return json.dumps(part.model_dump(mode="json"), sort_keys=True)
    texts = {"split": str(spec.split), "text_field": spec.text_field}
    # Archives that were read before these could be chosen keep the ids of their documents.
    chosen = {name: part for name, part in sources.items() if part != type(part)()}
    parts = {name: part.model_dump(mode="json") for name, part in (options | chosen).items()}
    return json.dumps(texts | parts, sort_keys=True)


def _append(
    writer: DocumentWriter, item: Input, reading: str, undone: list[str], stream: Path
) -> None:
    """Add the documents of an accepted file to the shards."""
    with pa.OSFile(str(stream)) as file, pa.ipc.open_stream(file) as batches:
        for batch in batches:
            if undone:
                is_undone = pc.is_in(batch.column("member"), pa.array(undone, pa.string()))
                batch = batch.filter(pc.invert(is_undone))
            writer.write(_with_identity(batch, item, reading))


def _with_identity(batch: pa.RecordBatch, item: Input, reading: str) -> pa.RecordBatch:
    count = batch.num_rows
    places = zip(
        batch.column("member").to_pylist(), batch.column("ordinal").to_pylist(), strict=True
    )
    ids = [
        document_id(item.sha256, f"{member}\0{reading}" if member else reading, ordinal)
        for member, ordinal in places
    ]
    origin = pa.StructArray.from_arrays(
        [
            pa.repeat(item.name, count),
            _absent_where_zero(batch.column("page")),
            _absent_where_zero(batch.column("line")),
            batch.column("offset"),
            batch.column("member"),
        ],
        fields=list(SCHEMA.field("origin").type),
    )
    return pa.RecordBatch.from_arrays(
        [
            pa.array(ids, pa.binary(16)),
            batch.column("text"),
            _constant(item.source, count),
            _constant(item.language, count),
            origin,
            batch.column("meta"),
        ],
        schema=SCHEMA,
    )


def _absent_where_zero(numbers: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(numbers, 0), pa.scalar(None, numbers.type), numbers)


def _constant(value: str, count: int) -> pa.DictionaryArray:
    indices = pa.array(np.zeros(count, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], pa.string()))


def _describe(
    artifact: ArtifactDraft, writer: DocumentWriter, results: list[tuple[Input, FileResult]]
) -> None:
    entries = [
        {
            **result.as_told(),
            "format": item.format,
            "source": item.source,
            "language": item.language,
            "licence": item.licence,
            "sha256": item.sha256,
            "num_bytes": item.num_bytes,
        }
        for item, result in results
    ]
    write_json(artifact.path / FILES_FILE, entries)
    figures = [result for _, result in results]
    artifact.counts.update(
        documents=writer.num_documents,
        text_bytes=sum(result.num_text_bytes for result in figures if not result.refused),
        shards=writer.num_shards,
        files=len(results),
        files_refused=sum(bool(result.refused) for result in figures),
        faults=sum(result.num_faults for result in figures),
    )


def _nothing(results: list[FileResult]) -> DataError:
    subject = f"None of the {len(results)} files gave a document: " if len(results) > 1 else ""
    advice = (
        "At least one file with text in it is needed: a text, a table, a PDF, a book, a web page, "
        "or an archive of them."
    )
    if any(NO_TEXT in result.refused for result in results):
        advice += " Rows to tune on (instructions, dialogues, preferences) become a task set."
    return DataError(f"{subject}{refusals_told(results)}.", advice=advice)
