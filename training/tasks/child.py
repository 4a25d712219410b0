"""The child process in which untrusted files of rows are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does. Normalised rows go to an Arrow stream file, which
counts only once its result has come: the parent may end this process at any time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from io import FileIO
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from training.corpus.extract.answering import answer_tasks, refusal_of, tell
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item, MemberBegun, Tally
from training.tasks.reading import ReadChoices, ReadRow, RowContent, RowsResult
from training.tasks.shapes import num_chars

STREAM_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("file", pa.string()),
        ("member", pa.string()),
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
    tally = Tally(result)
    refused = ""
    try:
        _copy(task, result, tally, answers)
    except Exception as error:  # noqa: BLE001 - one bad file must not end the others
        refused, result.is_disk_full = refusal_of(error)
    tally.finish()
    if not refused and result.num_documents == 0:
        refused = f"gave no row: {result.faults_told()}" if result.num_faults else "holds no row"
    if refused:
        result.refuse(refused)
    return result


def _copy(task: dict[str, Any], result: RowsResult, tally: Tally, answers: TextIO) -> None:
    path, content = Path(task["path"]), RowContent(ReadChoices(**task["choices"]))
    options = ReadOptions(**task["options"])
    budget = options.budget_for(path.stat().st_size)
    options = replace(options, budget=budget, content=content)
    with path.open("rb", buffering=0) as raw:
        source = ByteSource(task["name"], raw, options.spool_folder)
        items = _counted(content.read(task["format"], source, options), raw, tally, answers)
        with pa.OSFile(task["out"], "wb") as file, pa.ipc.new_stream(file, STREAM_SCHEMA) as out:
            for batch in _batches(items):
                out.write_batch(batch)
    if content.mapping is not None:
        result.shape, result.columns = str(content.mapping.shape), content.mapping.columns
        result.unused = content.unused


def _counted(
    items: Iterator[ReadRow | Item], raw: FileIO, tally: Tally, answers: TextIO
) -> Iterator[ReadRow]:
    due = time.monotonic() + _REPORT_SECONDS
    for item in items:
        if isinstance(item, MemberBegun):
            # Told at once: whatever ends this process now was in that member.
            tell(answers, {"member": item.member})
        elif isinstance(item, ReadRow):
            tally.add(num_chars(item.example), item.member)
            yield item
        else:
            tally.count(item)
        if time.monotonic() > due:
            tell(answers, {"at": 0 if raw.closed else raw.tell()})
            due = time.monotonic() + _REPORT_SECONDS


def _batches(rows: Iterator[ReadRow]) -> Iterator[pa.RecordBatch]:
    waiting: list[tuple[int, str, str, str, str]] = []
    size = 0
    for row in rows:
        text = json.dumps(row.example, ensure_ascii=False)
        waiting.append((row.line, row.file, row.member, row.key, text))
        size += len(text)
        if size >= _BATCH_CHARS or len(waiting) >= _BATCH_ROWS:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(rows: list[tuple[int, str, str, str, str]]) -> pa.RecordBatch:
    columns = [
        pa.array([row[place] for row in rows], one.type) for place, one in enumerate(STREAM_SCHEMA)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=STREAM_SCHEMA)


if __name__ == "__main__":
    sys.exit(main())
