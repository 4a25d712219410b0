"""The child process in which untrusted files are parsed, one after another, until stdin closes.

One JSON object per line on stdin is a file to read; on stdout come lines {"at": bytes} while it
is read and one {"result": {...}} at its end. Documents go to an Arrow stream file, which counts
only once its result has come: the parent may end this process at any time.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import Any, TextIO

import pyarrow as pa

from training.corpus.extract.answering import answer_tasks
from training.corpus.extract.dispatch import DOCUMENTS
from training.corpus.extract.records import FileResult, Found
from training.corpus.extract.row_stream import RowKind, stream_file

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
_FOUND = RowKind(
    Found,
    FOUND_SCHEMA,
    values=attrgetter(*FOUND_SCHEMA.names),
    num_text_bytes=lambda found: len(found.text.encode()),
    called="document",
    when_empty="holds nothing but blank lines",
)


def main() -> int:
    """Read tasks until there are no more; the argument is the parent's process id."""
    return answer_tasks(read_file)


def read_file(task: dict[str, Any], answers: TextIO) -> FileResult:
    """Parse one file into the Arrow stream ``task["out"]``; what it gave, or why it is refused."""
    result = FileResult(task["name"])
    stream_file(task, answers, DOCUMENTS, _FOUND, result)
    return result


if __name__ == "__main__":
    sys.exit(main())
