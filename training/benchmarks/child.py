"""The child process in which files of items are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import Any, TextIO

import pyarrow as pa

from training.benchmarks.items import ReadItem
from training.benchmarks.reading import BenchmarkContent, BenchmarkResult
from training.corpus.extract.answering import answer_tasks
from training.corpus.extract.row_stream import RowKind, stream_file

SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("kind", pa.string()),
        ("name", pa.string()),
        ("question", pa.large_string()),
        ("choices", pa.list_(pa.large_string())),
        ("answer", pa.int32()),
        ("category", pa.string()),
        ("split", pa.string()),
        ("member", pa.string()),
    ]
)
_ITEMS = RowKind(
    ReadItem,
    SCHEMA,
    values=attrgetter(*SCHEMA.names),
    num_text_bytes=attrgetter("num_bytes"),
    called="item",
)


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> BenchmarkResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = BenchmarkResult(task["name"])
    content = BenchmarkContent(task["kind"], task["columns"], task["answers"])
    stream_file(task, answers, content, _ITEMS, result)
    if content.found is not None:
        result.kind, result.columns = content.found.kind, content.found.told()
    return result


if __name__ == "__main__":
    sys.exit(main())
