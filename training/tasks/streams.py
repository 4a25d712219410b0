"""Files of rows as streams of normalised rows: each is parsed in a watched child, once.

What the verbs that learn from rows have in common; the streams lie in a folder that goes away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from training.corpus.extract.records import NESTED
from training.folder.job import Job
from training.specs.tasks import TasksSpec
from training.tasks.inputs import RowInput
from training.tasks.parsing import RowParser, stream_path
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
        return stream_path(self.folder, index)

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
    parser = RowParser(
        "training.tasks.child", RowsResult, {"choices": asdict(choices)}, streams.folder
    )
    for index, result in enumerate(parser.parse(spec, job, streams.files)):
        if not result.refused:
            streams.accepted[index] = frozenset(result.undone)
        yield result
