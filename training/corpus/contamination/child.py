"""The child process in which files of evaluation sets are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import Any, TextIO

import pyarrow as pa

from training.corpus.contamination.reading import ItemContent, ItemsResult, ReadItem
from training.corpus.extract.answering import answer_tasks
from training.corpus.extract.row_stream import RowKind, stream_file

_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("name", pa.string()),
        ("text", pa.large_string()),
        ("member", pa.string()),
    ]
)
_ITEMS = RowKind(
    ReadItem,
    _SCHEMA,
    values=attrgetter(*_SCHEMA.names),
    num_text_bytes=lambda item: len(item.text.encode()),
    called="item",
)


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> ItemsResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = ItemsResult(task["name"])
    content = ItemContent(list(task["columns"]), str(task["id_column"]))
    stream_file(task, answers, content, _ITEMS, result)
    if content.found is not None:
        result.columns, result.id_column = list(content.found.texts), content.found.id
    return result


if __name__ == "__main__":
    sys.exit(main())
