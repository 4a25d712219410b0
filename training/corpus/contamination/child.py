"""The child process in which files of evaluation sets are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does. Items go to an Arrow stream file, which counts
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

from training.corpus.contamination.reading import ItemContent, ItemsResult, ReadItem
from training.corpus.extract.answering import answer_tasks, refusal_of, tell
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item, MemberBegun, Tally

STREAM_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("name", pa.string()),
        ("text", pa.large_string()),
        ("member", pa.string()),
    ]
)
_BATCH_CHARACTERS = 4 << 20
_BATCH_ROWS = 1_024
_REPORT_SECONDS = 0.5


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> ItemsResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = ItemsResult(task["name"])
    tally = Tally(result)
    refused = ""
    try:
        _copy(task, result, tally, answers)
    except Exception as error:  # noqa: BLE001 - one bad file must not end the others
        refused, result.is_disk_full = refusal_of(error)
    tally.finish()
    if not refused and result.num_documents == 0:
        refused = f"gave no item: {result.faults_told()}" if result.num_faults else "holds no row"
    if refused:
        result.refuse(refused)
    return result


def _copy(task: dict[str, Any], result: ItemsResult, tally: Tally, answers: TextIO) -> None:
    path = Path(task["path"])
    content = ItemContent(list(task["columns"]), str(task["id_column"]))
    options = ReadOptions(**task["options"])
    budget = options.budget_for(path.stat().st_size)
    options = replace(options, budget=budget, content=content)
    with path.open("rb", buffering=0) as raw:
        source = ByteSource(task["name"], raw, options.spool_folder)
        items = _counted(content.read(task["format"], source, options), raw, tally, answers)
        with pa.OSFile(task["out"], "wb") as file, pa.ipc.new_stream(file, STREAM_SCHEMA) as out:
            for batch in _batches(items):
                out.write_batch(batch)
    if content.found is not None:
        result.columns, result.id_column = list(content.found.texts), content.found.id


def _counted(
    items: Iterator[ReadItem | Item], raw: FileIO, tally: Tally, answers: TextIO
) -> Iterator[ReadItem]:
    due = time.monotonic() + _REPORT_SECONDS
    for item in items:
        if isinstance(item, MemberBegun):
            # Told at once: whatever ends this process now was in that member.
            tell(answers, {"member": item.member})
        elif isinstance(item, ReadItem):
            tally.add(len(item.text.encode()), item.member)
            yield item
        else:
            tally.count(item)
        if time.monotonic() > due:
            tell(answers, {"at": 0 if raw.closed else raw.tell()})
            due = time.monotonic() + _REPORT_SECONDS


def _batches(items: Iterator[ReadItem]) -> Iterator[pa.RecordBatch]:
    waiting: list[ReadItem] = []
    size = 0
    for item in items:
        waiting.append(item)
        size += len(item.text)
        if size >= _BATCH_CHARACTERS or len(waiting) >= _BATCH_ROWS:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(items: list[ReadItem]) -> pa.RecordBatch:
    columns = [
        pa.array([getattr(item, one.name) for item in items], one.type) for one in STREAM_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=STREAM_SCHEMA)


if __name__ == "__main__":
    sys.exit(main())
