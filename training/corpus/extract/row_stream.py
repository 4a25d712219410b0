"""One file as an Arrow stream of its rows (documents, items, examples); runs in a watched child.

What the children that parse untrusted files have in common: the task's options and budget, how
far the file is read told to the parent, counts, batches, and why a file is refused. A child says
what its rows are (``RowKind``) and who reads them (``options.Content``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any, Generic, Protocol, TextIO, TypeVar

import pyarrow as pa

from training.corpus.extract.answering import refusal_of, tell
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import Content, ReadOptions
from training.corpus.extract.records import FileResult, MemberBegun, Tally

_BATCH_CHARACTERS = 4 << 20
_BATCH_ROWS = 4_096
_REPORT_SECONDS = 0.5


class StreamedRow(Protocol):
    """Whatever a reader finds, with the member of the archive that it stands in."""

    @property
    def member(self) -> str:
        """Empty where the file is no archive."""


Row = TypeVar("Row", bound=StreamedRow)


@dataclass(frozen=True)
class RowKind(Generic[Row]):
    """What the rows of a stream are, how large one is, and what is stored of it."""

    type: type[Row]
    schema: pa.Schema
    #: The values of a row, in the order of ``schema``.
    values: Callable[[Row], tuple[Any, ...]]
    num_text_bytes: Callable[[Row], int]
    #: In sentences: "gave no …: why"; what is said of a file without rows and faults.
    called: str = "row"
    when_empty: str = "holds no row"


def stream_file(
    task: dict[str, Any], answers: TextIO, content: Content, kind: RowKind[Row], result: FileResult
) -> None:
    """Parse one file into the Arrow stream ``task["out"]``; ``result`` says what it gave.

    A file that is of no use, or breaks its parser, is refused there.
    """
    tally = Tally(result)
    refused = ""
    try:
        _copy(task, answers, content, kind, tally)
    except Exception as error:  # noqa: BLE001 - one bad file must not end the others
        refused, result.is_disk_full = refusal_of(error)
    tally.finish()
    if not refused and result.num_documents == 0:
        refused = _nothing_left(result, kind)
    if refused:
        result.refuse(refused)


def _copy(
    task: dict[str, Any], answers: TextIO, content: Content, kind: RowKind[Row], tally: Tally
) -> None:
    path = Path(task["path"])
    options = ReadOptions(**task["options"])
    budget = options.budget_for(path.stat().st_size)
    options = replace(options, budget=budget, content=content)
    with path.open("rb", buffering=0) as raw:
        source = ByteSource(task["name"], raw, options.spool_folder)
        items = content.read(task["format"], source, options)
        rows = _counted(items, raw, kind, tally, answers)
        with pa.OSFile(task["out"], "wb") as file, pa.ipc.new_stream(file, kind.schema) as out:
            for batch in _batches(rows, kind):
                out.write_batch(batch)


def _counted(
    items: Iterator[Any], raw: FileIO, kind: RowKind[Row], tally: Tally, answers: TextIO
) -> Iterator[Row]:
    due = time.monotonic() + _REPORT_SECONDS
    for item in items:
        if isinstance(item, MemberBegun):
            # Told at once: whatever ends this process now was in that member.
            tell(answers, {"member": item.member})
        elif isinstance(item, kind.type):
            tally.add(kind.num_text_bytes(item), item.member)
            yield item
        else:
            tally.count(item)
        if time.monotonic() > due:
            tell(answers, {"at": 0 if raw.closed else raw.tell()})
            due = time.monotonic() + _REPORT_SECONDS


def _batches(rows: Iterator[Row], kind: RowKind[Row]) -> Iterator[pa.RecordBatch]:
    waiting: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        values = kind.values(row)
        waiting.append(values)
        size += sum(len(value) for value in values if isinstance(value, str))
        if size >= _BATCH_CHARACTERS or len(waiting) >= _BATCH_ROWS:
            yield _batch(waiting, kind.schema)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting, kind.schema)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array(values, field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _nothing_left(result: FileResult, kind: RowKind[Row]) -> str:
    if result.num_faults:
        return f"gave no {kind.called}: {result.faults_told()}"
    if result.left_out:
        told = ", ".join(f"{what} ({count:,})" for what, count in result.left_out.items())
        return f"gave no {kind.called}; left out by rule: {told}"
    return kind.when_empty
