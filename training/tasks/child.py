"""The child process in which untrusted files of rows are parsed, until stdin closes.

Speaks as ``training.corpus.extract.child`` does; rows are stored normalised.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

import pyarrow as pa

from training.corpus.extract.answering import answer_tasks
from training.corpus.extract.row_stream import RowKind, stream_file
from training.tasks.reading import ReadChoices, ReadRow, RowContent, RowsResult
from training.tasks.shapes import num_chars


def _values(row: ReadRow) -> tuple[Any, ...]:
    example = json.dumps(row.example, ensure_ascii=False)
    return row.line, row.file, row.member, row.key, example


_ROWS = RowKind(
    ReadRow,
    pa.schema(
        [
            ("line", pa.int64()),
            ("file", pa.string()),
            ("member", pa.string()),
            ("key", pa.large_string()),
            ("example", pa.large_string()),
        ]
    ),
    values=_values,
    num_text_bytes=lambda row: num_chars(row.example),
)


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> RowsResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = RowsResult(task["name"])
    content = RowContent(ReadChoices(**task["choices"]))
    stream_file(task, answers, content, _ROWS, result)
    if content.mapping is not None:
        result.shape, result.columns = str(content.mapping.shape), content.mapping.columns
        result.unused = content.unused
    return result


if __name__ == "__main__":
    sys.exit(main())
