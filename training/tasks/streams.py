"""Files of rows as streams of normalised rows: each is parsed in a watched child, once.

What the verbs that learn from rows have in common; the streams lie in a folder that goes away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from training.corpus.extract.choices import row_options
from training.corpus.extract.records import NESTED
from training.corpus.extract.watch import WatchedChild, limits_for
from training.corpus.stopping import check_stop
from training.folder.atomic import disk_full
from training.folder.job import Job
from training.specs.tasks import TasksSpec
from training.tasks.formats import UNKNOWN
from training.tasks.inputs import RowInput
from training.tasks.reading import ReadChoices, RowsResult
from training.tasks.shapes import Example


@dataclass(frozen=True)
class StreamRow:
    """A normalised row, where it stands, and what it is divided by."""

    file: str
    line: int
    key: str
    example: Example


class Streams:
    """The streams of the accepted files, in order."""

    def __init__(self, folder: Path, files: list[RowInput]) -> None:
        self.folder, self.files = folder, files
        #: {index of an accepted file: its members that were refused after they had given rows}
        self.accepted: dict[int, frozenset[str]] = {}

    def path(self, index: int) -> Path:
        """The stream of one file."""
        return self.folder / f"{index:06d}.arrow"

    def rows(self) -> Iterator[StreamRow]:
        """Every row of every accepted file."""
        for index, undone in self.accepted.items():
            name = self.files[index].name
            with (
                pa.memory_map(str(self.path(index))) as file,
                pa.ipc.open_stream(file) as batches,
            ):
                for batch in batches:
                    for one in batch.to_pylist():
                        member = one["member"]
                        if member in undone:
                            continue
                        file = f"{name}{NESTED}{member}" if member else one["file"] or name
                        yield StreamRow(file, one["line"], one["key"], json.loads(one["example"]))

    def remove(self) -> None:
        """Take the streams away."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


def read_files(spec: TasksSpec, job: Job, streams: Streams) -> Iterator[RowsResult]:
    """What each file gave; the first of two files with the same bytes counts."""
    named = {name: column for name, column in spec.columns.to_names().items() if column}
    choices = ReadChoices(
        str(spec.shape),
        named,
        spec.splits.column,
        list(spec.quality.labels),
        spec.quality.max_row_chars,
    )
    first_named: dict[tuple[str, str], str] = {}
    child = WatchedChild("training.tasks.child", RowsResult)
    try:
        for index, item in enumerate(streams.files):
            check_stop(job)
            twin = first_named.setdefault((item.sha256, item.format), item.name)
            is_twin = twin != item.name
            result = (
                RowsResult(item.name, refused=f"has the same bytes as {twin}")
                if is_twin
                else _read_one(spec, job, child, item, choices, streams.path(index))
            )
            if result.is_disk_full:
                raise disk_full(streams.folder)
            _tell(job, item.name, result)
            if not result.refused:
                streams.accepted[index] = frozenset(result.undone)
            job.progress(index + 1, len(streams.files), "files")
            yield result
    finally:
        child.close()


def _read_one(
    spec: TasksSpec, job: Job, child: WatchedChild, item: RowInput, choices: ReadChoices, out: Path
) -> RowsResult:
    if not item.format:
        return RowsResult(item.name, refused=UNKNOWN)

    def task(passed_over: dict[str, str]) -> dict[str, Any]:
        return {
            "name": item.name,
            "path": str(item.path),
            "format": item.format,
            "choices": asdict(choices),
            "options": row_options(spec.unpacking, out.parent, passed_over).to_task(),
            "out": str(out),
        }

    limits = limits_for(item.path.stat().st_size, spec.memory_limit_bytes, spec.cpu_limit_seconds)
    result = child.read_past_deadly(task, limits, lambda position: check_stop(job))
    assert isinstance(result, RowsResult)
    return result


def _tell(job: Job, name: str, result: RowsResult) -> None:
    """Warn of a file that was refused and of rows left out."""
    if result.refused:
        job.warn(f"{name} {result.refused}.", file=name)
    elif result.num_faults:
        job.warn(f"{name}: {result.faults_told()}.", file=name)
