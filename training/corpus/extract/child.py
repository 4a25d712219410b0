"""The child process in which untrusted files are parsed, one after another, until stdin closes.

One JSON object per line on stdin is a file to read; on stdout come lines {"at": bytes} while it
is read and one {"result": {...}} at its end. Documents go to an Arrow stream file, which counts
only once its result has come: the parent may end this process at any time.
"""

from __future__ import annotations

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
from training.corpus.extract.dispatch import read_as
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import FileResult, Found, Item, MemberBegun, Tally

FOUND_SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("text", pa.large_string()),
        ("line", pa.int64()),
        ("offset", pa.int64()),
        ("meta", pa.string()),
        ("page", pa.int32()),
        ("member", pa.string()),
    ]
)
_BATCH_BYTES = 4 << 20
_BATCH_ROWS = 4_096
_REPORT_SECONDS = 0.5


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> FileResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    tally = Tally(FileResult(task["name"]))
    refused, is_disk_full = "", False
    try:
        _copy(task, tally, answers)
    except Exception as error:  # noqa: BLE001 - one bad file must not end the others
        refused, is_disk_full = refusal_of(error)
    result = tally.finish()
    result.is_disk_full = is_disk_full
    if not refused and result.num_documents == 0:
        refused = _nothing_left(result)
    if refused:
        result.refuse(refused)
    return result


def _copy(task: dict[str, Any], tally: Tally, answers: TextIO) -> None:
    path = Path(task["path"])
    options = ReadOptions(**task["options"])
    options = replace(options, budget=options.budget_for(path.stat().st_size))
    with path.open("rb", buffering=0) as raw:
        source = ByteSource(task["name"], raw, options.spool_folder)
        items = _counted(read_as(task["format"], source, options), raw, tally, answers)
        with pa.OSFile(task["out"], "wb") as file, pa.ipc.new_stream(file, FOUND_SCHEMA) as out:
            for batch in _batches(items):
                out.write_batch(batch)


def _counted(items: Iterator[Item], raw: FileIO, tally: Tally, answers: TextIO) -> Iterator[Found]:
    due = time.monotonic() + _REPORT_SECONDS
    for item in items:
        if isinstance(item, MemberBegun):
            # Told at once: whatever ends this process now was in that member.
            tell(answers, {"member": item.member})
            continue
        tally.count(item)
        if isinstance(item, Found):
            yield item
        if time.monotonic() > due:
            tell(answers, {"at": 0 if raw.closed else raw.tell()})
            due = time.monotonic() + _REPORT_SECONDS


def _batches(items: Iterator[Found]) -> Iterator[pa.RecordBatch]:
    waiting: list[Found] = []
    num_bytes = 0
    for item in items:
        waiting.append(item)
        num_bytes += len(item.text) + len(item.meta)
        if num_bytes >= _BATCH_BYTES or len(waiting) >= _BATCH_ROWS:
            yield _batch(waiting)
            waiting, num_bytes = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(items: list[Found]) -> pa.RecordBatch:
    columns = [
        pa.array([getattr(item, field.name) for item in items], field.type)
        for field in FOUND_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=FOUND_SCHEMA)


def _nothing_left(result: FileResult) -> str:
    if result.num_faults == 0 and result.left_out:
        told = ", ".join(f"{what} ({count:,})" for what, count in result.left_out.items())
        return f"gave no document; left out by rule: {told}"
    if result.num_faults == 0:
        return "holds nothing but blank lines"
    return f"gave no document: {result.faults_told()}"


if __name__ == "__main__":
    sys.exit(main())
