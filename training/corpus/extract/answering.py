"""How a child that parses untrusted files speaks with its parent: a JSON line per task and answer.

Any room whose parsers run in watched children uses this; what is parsed is its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO

from training.errors import FileRefusedError
from training.folder.atomic import is_full
from training.folder.locks import die_with_parent

#: Reads one file as its task says; the result is a dataclass instance.
Read = Callable[[dict[str, Any], TextIO], Any]


def answer_tasks(read_file: Read) -> int:
    """Read tasks until there are no more; the program's argument is the parent's process id."""
    die_with_parent(int(sys.argv[1]))
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        tell(answers, {"result": asdict(read_file(json.loads(line), answers))})
    return 0


def tell(answers: TextIO, data: dict[str, Any]) -> None:
    """One line to the parent."""
    answers.write(json.dumps(data, ensure_ascii=True) + "\n")
    answers.flush()


def refusal_of(error: Exception) -> tuple[str, bool]:
    """Why a file is refused, and whether the disk was full."""
    if isinstance(error, FileRefusedError):
        return str(error), False
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}", is_full(error)
    return f"broke its parser ({type(error).__name__}: {error})", False
