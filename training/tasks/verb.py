"""The verb ``tasks``: files of rows in, a ``tasks`` artifact out.

1. Each file is parsed in a watched child into a stream of normalised rows (``reading``).
2. All rows are judged (``quality``), and those that stay are assigned to splits (``splits``).
3. A second pass over the streams writes one Parquet file per split, rows in the order read.

Memory is one id and one key per row, not the rows.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from training.corpus.extract.records import refusals_told
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import ArtifactDraft
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.tasks import Shape, TasksSpec
from training.tasks.inputs import RowInput, find_inputs
from training.tasks.parsing import told_files
from training.tasks.quality import Quality
from training.tasks.reading import RowsResult
from training.tasks.shapes import row_id
from training.tasks.splits import Assignment, assign
from training.tasks.streams import Streams, read_files
from training.tasks.taskset import (
    FILES_FILE,
    FORMAT_VERSION,
    INFO_FILE,
    QUALITY_FILE,
    SPLITS,
    SplitWriter,
)

_STREAMS = "streams.tmp"


def run(spec: TasksSpec, job: Job) -> None:
    """Read, judge, divide and write; DataError when no row is left or shapes differ."""
    job.phase("reading rows")
    files = find_inputs(spec, job)
    kinds = {"upload": spec.upload, "documents": spec.documents}
    inputs = {kind: job.input(path, kind) for kind, path in kinds.items() if path}
    with ends_on_stop(job), job.write_output("tasks", inputs=inputs) as artifact:
        streams = Streams(artifact.path / _STREAMS, files)
        streams.folder.mkdir()
        results = list(read_files(spec, job, streams))
        shape = _one_shape(results)
        job.phase("judging rows")
        quality = Quality(spec.quality)
        assignment = _assign(spec, job, streams, quality)
        job.phase("writing splits")
        counts = _write(artifact.path, shape, streams, assignment)
        streams.remove()
        _describe(spec, artifact, files, results, shape, counts)
        write_json(artifact.path / QUALITY_FILE, quality.report())
        for sentence in quality.sentences():
            job.warn(sentence)


def _one_shape(results: list[RowsResult]) -> Shape:
    """The shape of all files; DataError when there is no row, or two files differ."""
    read = [result for result in results if not result.refused]
    if not read:
        raise DataError(
            f"No file gave a row: {refusals_told(results)}.",
            advice="Rows of one shape are needed; name the columns if they are called otherwise.",
        )
    other = next((result for result in read if result.shape != read[0].shape), None)
    if other is not None:
        raise DataError(
            f"{read[0].name} holds rows of the shape {read[0].shape} and {other.name} of the shape "
            f"{other.shape}; a set has one shape.",
            advice="Make two sets, or name the shape and the columns.",
        )
    return Shape(read[0].shape)


def _assign(spec: TasksSpec, job: Job, streams: Streams, quality: Quality) -> Assignment:
    """The split of every row, in order; empty for rows that are left out."""
    ids: list[bytes] = []
    keys: list[str] = []
    is_kept = bytearray()
    for row in streams.rows():
        check_stop(job)
        one = row_id(row.example)
        stays = quality.judge(one, row.example, row.file, row.line)
        is_kept.append(stays)
        if stays:
            ids.append(one)
            keys.append(row.key)
    if not ids:
        raise DataError(
            f"None of {len(is_kept):,} rows is left: {' '.join(quality.sentences())}",
            advice="Keep some of these by the options under quality, or mend the rows.",
        )
    assignment = assign(ids, keys, spec.splits)
    for split in assignment.topped_up:
        job.warn(f"Of so few rows none fell into {split}; one was moved there.")
    places = iter(assignment.splits)
    splits = [next(places) if kept else "" for kept in is_kept]
    parted = {
        i for i, (kept, split) in enumerate(zip(is_kept, splits, strict=True)) if kept and not split
    }
    if parted:
        for index, row in enumerate(streams.rows()):
            if index in parted:
                quality.count("parted_copies", row.example, row.file, row.line, is_dropped=True)
    return Assignment(splits, assignment.num_parted)


def _write(folder: Path, shape: Shape, streams: Streams, assignment: Assignment) -> dict[str, int]:
    """Write every split (also an empty one); rows per split."""
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(SplitWriter(folder, split, shape)) for split in SPLITS
        }
        for row, split in zip(streams.rows(), assignment.splits, strict=True):
            if split:
                writers[split].add(row_id(row.example), row.example, row.file, row.line)
    return {split: writer.num_rows for split, writer in writers.items()}


def _describe(
    spec: TasksSpec,
    artifact: ArtifactDraft,
    files: list[RowInput],
    results: list[RowsResult],
    shape: Shape,
    counts: dict[str, int],
) -> None:
    first = next(result for result in results if not result.refused)
    info = {
        "format_version": FORMAT_VERSION,
        "shape": str(shape),
        "splits": counts,
        "columns": first.columns,
        "unused_columns": first.unused,
        "method": str(spec.splits.method),
    }
    write_json(artifact.path / INFO_FILE, info)
    write_json(artifact.path / FILES_FILE, told_files(files, results))
    num_read = sum(result.num_documents for result in results if not result.refused)
    artifact.counts.update(
        shape=str(shape),
        rows=sum(counts.values()),
        **{f"{split}_rows": count for split, count in counts.items()},
        faults=sum(result.num_faults for result in results),
        dropped=num_read - sum(counts.values()),
        files=len(results),
        files_refused=sum(bool(result.refused) for result in results),
    )
