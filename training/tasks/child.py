"""The child process in which untrusted files of rows are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does. Normalised rows go to an Arrow stream file, which
counts only once its result has come: the parent may end this process at any time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from training.corpus.extract.answering import answer_tasks, refusal_of, tell
from training.corpus.extract.records import Fault
from training.tasks.reading import ReadChoices, ReadRow, RowsOfFile, RowsResult
from training.tasks.shapes import num_chars

STREAM_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("file", pa.string()),
        ("key", pa.large_string()),
        ("example", pa.large_string()),
    ]
)
_BATCH_CHARS = 4 << 20
_BATCH_ROWS = 1_024
_REPORT_SECONDS = 0.5


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> RowsResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = RowsResult(task["name"])
    try:
        _copy(task, result, answers)
    except Exception as error:  # noqa: BLE001 - one bad file must not end the others
        result.refused, result.is_disk_full = refusal_of(error)
    if not result.refused and result.num_documents == 0:
        told = f"gave no row: {result.faults_told()}" if result.num_faults else "holds no row"
        result.refused = told
    return result


def _copy(task: dict[str, Any], result: RowsResult, answers: TextIO) -> None:
    rows = RowsOfFile(Path(task["path"]), task["format"], ReadChoices(**task["choices"]))
    with pa.OSFile(task["out"], "wb") as file, pa.ipc.new_stream(file, STREAM_SCHEMA) as out:
        for batch in _batches(_counted(rows, result, answers)):
            out.write_batch(batch)
    if rows.mapping is not None:
        result.shape, result.columns = str(rows.mapping.shape), rows.mapping.columns
        result.unused = rows.unused


def _counted(rows: RowsOfFile, result: RowsResult, answers: TextIO) -> Iterator[ReadRow]:
    due = time.monotonic() + _REPORT_SECONDS
    for item in rows:
        if isinstance(item, Fault):
            result.add_fault(item)
        else:
            result.num_documents += 1
            result.num_text_bytes += num_chars(item.example)
            yield item
        if time.monotonic() > due:
            tell(answers, {"at": result.num_text_bytes})
            due = time.monotonic() + _REPORT_SECONDS


def _batches(rows: Iterator[ReadRow]) -> Iterator[pa.RecordBatch]:
    waiting: list[tuple[int, str, str, str]] = []
    size = 0
    for row in rows:
        text = json.dumps(row.example, ensure_ascii=False)
        waiting.append((row.line, row.file, row.key, text))
        size += len(text)
        if size >= _BATCH_CHARS or len(waiting) >= _BATCH_ROWS:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(rows: list[tuple[int, str, str, str]]) -> pa.RecordBatch:
    columns = [
        pa.array([row[place] for row in rows], one.type) for place, one in enumerate(STREAM_SCHEMA)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=STREAM_SCHEMA)


if __name__ == "__main__":
    sys.exit(main())
